/** What a container that restores writes for people, line by line. */
import type { ByteSink } from "../../ports/source.ts";

const LONGEST_LINE = 10_000;
const MOST_WARNINGS = 20;

export class SaidLines implements ByteSink {
  readonly warnings: string[] = [];
  last = "";
  #rest = "";

  async write(chunk: Uint8Array): Promise<void> {
    const lines = (this.#rest + Buffer.from(chunk).toString("utf8")).split(/\r?\n/);
    this.#rest = lines.pop()?.slice(-LONGEST_LINE) ?? "";
    for (const line of lines.filter((each) => each.trim() !== "")) {
      const [, warning] = /^warning: (.*)$/.exec(line) ?? [];
      if (warning !== undefined && this.warnings.length < MOST_WARNINGS) this.warnings.push(warning);
      this.last = line;
    }
  }
}
