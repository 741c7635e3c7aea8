/** The commands of a page of the documentation, run exactly as they stand there but for the values of its variables. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export class DocumentedCommands {
  /** Text of the blocks by the heading above them. */
  readonly #blocks = new Map<string, string>();

  constructor(page: string) {
    const text = readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");
    for (const section of text.split(/^## /m).slice(1)) {
      const heading = section.slice(0, section.indexOf("\n"));
      const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
      if (blocks.length > 0) this.#blocks.set(heading, blocks.join(""));
    }
  }

  get headings(): string[] {
    return [...this.#blocks.keys()];
  }

  /** Runs the blocks under these headings in one shell, which stops at the first that fails; gives what they print. */
  run(headings: readonly string[], values: Readonly<Record<string, string>>): string {
    const script = headings.map((heading) => this.#block(heading)).join("");
    const unset = new Set(Object.keys(values));
    const given = script.replace(/^export (\w+)=\S+/gm, (line, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the test gives no value to ${line}`);
      unset.delete(name);
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'`;
    });
    if (unset.size > 0) throw new Error(`the page sets no ${[...unset].join()}`);
    const ended = spawnSync("sh", ["-eu", "-c", given], { encoding: "utf8", maxBuffer: 2 ** 28 });
    if (ended.status === 0) return ended.stdout;
    throw new Error(`the commands ended with ${ended.status}: ${ended.stdout}${ended.stderr}`);
  }

  #block(heading: string): string {
    const block = this.#blocks.get(heading);
    if (block === undefined) throw new Error(`no commands under ${heading}: ${this.headings.join()}`);
    return block;
  }
}

/** Which of these programs the machine lacks. */
export function missingPrograms(...names: string[]): string[] {
  return names.filter((name) => spawnSync(name, ["--version"]).status !== 0);
}
