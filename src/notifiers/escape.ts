/** Escaping, a character at a time, so that a text can be cut to a limit that holds after it. */

/** The three characters that HTML and the markup of Slack and Telegram are made of. */
export function escapeMarkup(character: string): string {
  return MARKUP[character] ?? character;
}

const MARKUP: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Markdown as Discord reads it; a backtick stays, for commands are written in them. */
export function escapeMarkdown(character: string): string {
  return MARKDOWN.has(character) ? `\\${character}` : character;
}

const MARKDOWN = new Set("\\*_~|<>[]");

/** What is written in backticks needs no escape, and would show it. Only ever shortens. */
export function bareInCode(escaped: string): string {
  return escaped.replace(/`[^`\n]*`/g, (code) => code.replace(/\\([\\*_~|<>[\]])/g, "$1"));
}
