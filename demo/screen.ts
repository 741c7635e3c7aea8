/** What the demo prints: a narrow label, then text wrapped to the terminal. Colours only where a terminal wants them. */
import { styleText } from "node:util";

export type Label = "" | "$" | "daemon" | "slack" | "ok" | "FAILED";

const LABEL_WIDTH = 8;
const NARROWEST = 40;
const WIDEST = 100;

export class Screen {
  readonly #output: NodeJS.WriteStream;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  heading(text: string): void {
    const rule = "─".repeat(Math.max(3, this.#width() - text.length - 4));
    this.#write(`\n── ${this.#style("bold", text)} ${rule}\n`);
  }

  say(text: string): void {
    this.#write(`${wrap(text, this.#width()).join("\n")}\n`);
  }

  /** Not wrapped, because a command that was broken in two is none. */
  toCopy(command: string): void {
    this.#write(`  ${command}\n`);
  }

  /** Each line of the text is wrapped by itself, so that what a program printed stays line by line. */
  line(label: Label, text: string): void {
    const room = this.#width() - LABEL_WIDTH;
    const lines = text.split("\n").flatMap((line) => wrap(line, room, continuationOf(label)));
    for (const [at, line] of lines.entries()) {
      const margin = this.#margin(at === 0 ? label : "");
      this.#write(`${margin}${label === "daemon" ? this.#style("dim", line) : line}\n`);
    }
  }

  #margin(label: Label): string {
    const text = label.padEnd(LABEL_WIDTH);
    return label === "" ? text : this.#style(STYLES[label], text);
  }

  #width(): number {
    return Math.min(WIDEST, Math.max(NARROWEST, this.#output.columns || 80));
  }

  /** NO_COLOR and the like are honoured by styleText. */
  #style(style: Parameters<typeof styleText>[0], text: string): string {
    return styleText(style, text, { stream: this.#output });
  }

  #write(text: string): void {
    this.#output.write(text);
  }
}

const STYLES = {
  $: "bold",
  daemon: "blue",
  slack: "magenta",
  ok: "green",
  FAILED: "red",
} as const satisfies Record<Exclude<Label, "">, Parameters<typeof styleText>[0]>;

/** A program's own output is indented where it goes on, so that its lines can still be told apart. */
function continuationOf(label: Label): string {
  return label === "" ? "    " : "";
}

/** Breaks at spaces only, and keeps the spaces that align a table. */
export function wrap(text: string, width: number, continuation = ""): string[] {
  const lines: string[] = [];
  let rest = text.trimEnd();
  while (rest.length > width) {
    const breakAt = breakBefore(rest, width);
    if (breakAt === undefined) break;
    lines.push(rest.slice(0, breakAt).trimEnd());
    rest = continuation + rest.slice(breakAt).trimStart();
  }
  return [...lines, rest];
}

/** The last space within the width that has text before it, else the first one after it. */
function breakBefore(text: string, width: number): number | undefined {
  const indent = text.length - text.trimStart().length;
  const within = text.lastIndexOf(" ", width);
  const at = within > indent ? within : text.indexOf(" ", Math.max(width, indent));
  return at === -1 ? undefined : at;
}
