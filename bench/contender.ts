/** One tool on one tree: its commands run and measured, and what it left checked. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "./bench-context.ts";
import { sizeOfTree, type TreeSize } from "./data/trees.ts";
import { measure, run, type Measure } from "./measure.ts";
import { createHoldfast } from "./tools/holdfast.ts";
import type { Tool, ToolKind } from "./tools/tool.ts";

export interface Place {
  tree: string;
  /** An empty directory for the tool's repository, caches and what it restores. */
  directory: string;
  /** For Holdfast; default: its own. */
  embeddedDatabases?: "auto" | "off" | undefined;
}

export class Contender {
  readonly #tool: Tool;
  readonly #place: Place;
  readonly #context: BenchContext;

  private constructor(tool: Tool, place: Place, context: BenchContext) {
    this.#tool = tool;
    this.#place = place;
    this.#context = context;
  }

  /** With an empty repository. `undefined` stands for Holdfast. */
  static async start(kind: ToolKind | undefined, place: Place, context: BenchContext): Promise<Contender> {
    const directory = join(place.directory, "tool");
    mkdirSync(directory, { recursive: true });
    const tool = kind === undefined ? createHoldfast(directory, place) : kind.create(directory);
    const initialize = tool.initialize?.();
    if (initialize !== undefined) await run(initialize, context.signal);
    return new Contender(tool, place, context);
  }

  get name(): string {
    return this.#tool.name;
  }

  async backup(): Promise<Measure> {
    return this.#measured("backup", this.#tool.backup(this.#place.tree));
  }

  /** Refuses to measure a restore that did not restore all. */
  async restore(): Promise<Measure> {
    return this.#restored(sizeOfTree(this.#place.tree), (target) =>
      this.#measured("restore", this.#tool.restore(target)),
    );
  }

  get restoresOneFile(): boolean {
    return this.#tool.restoreFile !== undefined;
  }

  async restoreFile(path: string, bytes: number): Promise<Measure> {
    return this.#restored({ files: 1, bytes }, (target) => {
      const command = this.#tool.restoreFile?.(path, target);
      if (command === undefined) throw new Error(`${this.name} restores everything or nothing`);
      return this.#measured("one file", command);
    });
  }

  storedBytes(): number {
    return sizeOfTree(this.#tool.repository).bytes;
  }

  /** Removes everything of it but the tree. */
  end(): void {
    rmSync(this.#place.directory, { recursive: true, force: true });
  }

  async #restored(expected: TreeSize, restore: (target: string) => Promise<Measure>): Promise<Measure> {
    const target = join(this.#place.directory, "restored");
    mkdirSync(target);
    try {
      const measured = await restore(target);
      const { files, bytes } = sizeOfTree(target);
      if (files !== expected.files || bytes !== expected.bytes)
        throw new Error(
          `${this.name} restored ${files} files with ${bytes} bytes, not ${expected.files} with ${expected.bytes}`,
        );
      return measured;
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  }

  async #measured(work: string, command: Parameters<typeof measure>[0]): Promise<Measure> {
    const measured = await measure(command, this.#context.signal);
    const cpu = `${measured.cpuSeconds.toFixed(2)} s of processor`;
    this.#context.progress(`${this.name} ${work}: ${measured.seconds.toFixed(2)} s, ${cpu}`);
    return measured;
  }
}
