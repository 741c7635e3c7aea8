/** Swaps a small tree for another one in a process that can be killed before any of its changes. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { writeFiles } from "../fakes/staging.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const PRELOAD = new URL("./kill-at-change.ts", import.meta.url).href;
const CHILD = new URL("./swap-child.ts", import.meta.url).pathname;
const KEPT = ".holdfast-old-20261121T120000Z-0a1b";
const OLD = { both: "old", "sub/deep": "old", "sub/only": "old", mine: "old" };
const NEW = { both: "new", "sub/deep": "new", more: "new" };

/** The target holds the old tree, `fresh` the new one, and both have times that a swap has to keep. */
export class SwapRig {
  readonly #work = temporaryDirectory();
  readonly target = join(this.#work, "target");
  readonly #fresh = join(this.#work, "fresh");

  constructor() {
    writeFiles(this.#fresh, NEW);
    utimesSync(this.#fresh, 2e9, 2e9);
  }

  reset(): void {
    rmSync(this.target, { recursive: true, force: true });
    mkdirSync(this.target);
    writeFiles(this.target, OLD);
    for (const name of [...Object.keys(OLD), "sub", "."]) utimesSync(join(this.target, name), 1e9, 1e9);
  }

  swap(at: number | undefined, keep: "keep" | "drop" | "trial", ...paths: string[]) {
    return this.#run(at, "swap", this.target, this.#fresh, keep, ...paths);
  }

  settle(at?: number, trial?: "accept" | "revert") {
    return this.#run(at, "settle", this.target, ...(trial === undefined ? [] : [trial]));
  }

  save(): void {
    rmSync(`${this.target}-saved`, { recursive: true, force: true });
    cpSync(this.target, `${this.target}-saved`, { recursive: true, preserveTimestamps: true });
  }

  loadSaved(): void {
    rmSync(this.target, { recursive: true, force: true });
    cpSync(`${this.target}-saved`, this.target, { recursive: true, preserveTimestamps: true });
  }

  /** The tree without what was kept, and without the time of the target itself: a kill before the journal loses that. */
  tree(): Map<string, string> {
    const tree = new Map([...describeTree(this.target)].filter(([path]) => !path.includes(KEPT)));
    const own = tree.get(".") ?? "";
    return tree.set(".", own.slice(0, own.lastIndexOf(" ")));
  }

  kept(): string[] {
    const tree = describeTree(this.target);
    return [...tree.keys()].filter((path) => path.startsWith(`./${KEPT}/`));
  }

  leftovers(): string[] {
    return readdirSync(this.target).filter((name) => name.startsWith(".holdfast-restore"));
  }

  #run(at: number | undefined, ...args: string[]) {
    const preload = at === undefined ? PRELOAD : `${PRELOAD}?at=${at}`;
    const ended = spawnSync(process.execPath, [`--import=${preload}`, CHILD, ...args], { encoding: "utf8" });
    return { ...ended, changes: Number(/changes: (\d+)/.exec(ended.stderr)?.[1]) };
  }
}

/** Whether it is the new one. */
export function expectOneOf(
  tree: Map<string, string>,
  [old, fresh]: [Map<string, string>, Map<string, string>],
) {
  const isNew = tree.has("./more");
  expect(tree).toEqual(isNew ? fresh : old);
  return isNew;
}
