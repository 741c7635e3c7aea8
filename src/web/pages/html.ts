/** HTML in template literals that escape by default: only what the template itself says is markup. */

/** Markup that needs no escaping. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = string | number | Html | undefined | readonly Content[];

/** Text is escaped for element content and for quoted attributes; lists are joined; undefined is nothing. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  const parts = strings.map((part, at) => part.replace(INDENTATION, " ") + render(contents[at]));
  return new Html(parts.join(""));
}

/** How a template is laid out in the source is nothing to send. */
const INDENTATION = /\s*\n\s*/g;

function render(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.markup;
  if (typeof content === "object") return content.map(render).join("");
  return escape(String(content));
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
