/** Markdown of what comes from outside: names can hold anything. */

/** In a cell of a table, or in a sentence. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[\\`*_{}[\]<>#|!]/g, (char) => `\\${char}`)
    .trim();
}

/** A word of a shell command. */
export function word(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, " ");
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(headers), line(headers.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Commands to be typed, one a line; a line that begins with `#` says what follows. */
export function shell(lines: readonly string[], language = "sh"): string {
  return [`\`\`\`${language}`, ...lines, "```"].join("\n");
}

export function section(title: string, ...parts: readonly string[]): string {
  return [title, ...parts.filter((part) => part !== "")].join("\n\n");
}

export function list(items: readonly string[], mark = "-"): string {
  return items.map((item) => `${mark} ${item}`).join("\n");
}

export function numbered(items: readonly string[]): string {
  return items
    .map((item, at) => {
      const mark = `${at + 1}. `;
      return `${mark}${item.trimEnd().replace(/\n(?=.)/g, `\n${" ".repeat(mark.length)}`)}`;
    })
    .join("\n");
}
