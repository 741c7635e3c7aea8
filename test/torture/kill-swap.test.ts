import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { writeFiles } from "../fakes/staging.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const PRELOAD = new URL("./kill-at-change.ts", import.meta.url).href;
const CHILD = new URL("./swap-child.ts", import.meta.url).pathname;
const KEPT = ".holdfast-old-20261121T120000Z-0a1b";
const OLD = { both: "old", "sub/deep": "old", "sub/only": "old", mine: "old" };
const NEW = { both: "new", "sub/deep": "new", more: "new" };

/** The target holds the old tree, `fresh` the new one, and both have times that a swap has to keep. */
class SwapRig {
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

  swap(at: number | undefined, keep: "keep" | "drop", ...paths: string[]) {
    return this.#run(at, "swap", this.target, this.#fresh, keep, ...paths);
  }

  settle(at?: number) {
    return this.#run(at, "settle", this.target);
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

function expectOneOf(tree: Map<string, string>, [old, fresh]: [Map<string, string>, Map<string, string>]) {
  const isNew = tree.has("./more");
  expect(tree).toEqual(isNew ? fresh : old);
  return isNew;
}

describe.each([["drop"], ["keep"]] as const)(
  "a restore in place that is killed (old content: %s)",
  (keep) => {
    it("before any of its changes is settled to all of the old or all of the new, never a mix", () => {
      const rig = new SwapRig();
      rig.reset();
      const old = rig.tree();
      const whole = rig.swap(undefined, keep);
      expect(whole).toMatchObject({ status: 0, stdout: "" });
      const fresh = rig.tree();
      expect(rig.kept()).toHaveLength(keep === "keep" ? 5 : 0);

      const seen = new Set<boolean>();
      for (let at = 1; at <= whole.changes; at++) {
        rig.reset();
        expect(rig.swap(at, keep).signal).toBe("SIGKILL");
        expect(rig.settle()).toMatchObject({ status: 0 });
        expect(rig.leftovers()).toEqual([]);
        const isNew = expectOneOf(rig.tree(), [old, fresh]);
        expect(rig.kept()).toHaveLength(isNew && keep === "keep" ? 5 : 0);
        seen.add(isNew);
      }
      expect(seen).toEqual(new Set([false, true]));
    }, 300_000);
  },
);

it("a settling that is killed before any of its changes is settled by the next one", () => {
  const rig = new SwapRig();
  rig.reset();
  const old = rig.tree();
  const { changes } = rig.swap(undefined, "drop");
  const fresh = rig.tree();
  // One kill amid the moves of the old, one amid those of the new, one when all are made.
  for (const at of [changes - 16, changes - 13, changes - 8]) {
    rig.reset();
    expect(rig.swap(at, "drop").signal).toBe("SIGKILL");
    rig.save();
    const unhurt = rig.settle();
    expect(unhurt.status).toBe(0);
    for (let step = 1; step <= unhurt.changes; step++) {
      rig.loadSaved();
      expect(rig.settle(step).signal).toBe("SIGKILL");
      expect(rig.settle().status).toBe(0);
      expect(rig.leftovers()).toEqual([]);
      expectOneOf(rig.tree(), [old, fresh]);
    }
  }
}, 300_000);

it("a restore of some paths in place that is killed leaves each of them and all others whole", () => {
  const rig = new SwapRig();
  const paths = ["both", "sub/deep"];
  rig.reset();
  const old = rig.tree();
  const { changes } = rig.swap(undefined, "drop", ...paths);
  const isNew = (path: string) => old.get(path) !== rig.tree().get(path);
  expect(["./both", "./sub/deep", "./sub/only", "./mine"].map(isNew)).toEqual([true, true, false, false]);
  for (let at = 1; at <= changes; at++) {
    rig.reset();
    expect(rig.swap(at, "drop", ...paths).signal).toBe("SIGKILL");
    expect(rig.settle().status).toBe(0);
    expect(rig.leftovers()).toEqual([]);
    expect(isNew("./both")).toBe(isNew("./sub/deep"));
    expect(["./sub/only", "./mine"].map(isNew)).toEqual([false, false]);
  }
}, 300_000);
