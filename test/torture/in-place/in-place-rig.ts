/**
 * Kills restores in place and looks at what is left. What must hold after each kill, whenever it came, once the next command
 * has settled it: the source is wholly what it was or wholly what was asked for, never a mixture; what was to be kept is
 * whole; nothing else is left; and the next restore succeeds.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { HoldfastProcess, type Ended } from "../../e2e/holdfast-process.ts";
import { StackOnDisk } from "../../e2e/stack-on-disk.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import { describeTree } from "../../fakes/captured-volume.ts";
import type { Moment } from "../moments.ts";
import { editSource, makeSource, upTo, type Random } from "./source-edits.ts";

const POINTS = 5;
const LIMIT_MS = 60_000;
const PRELOAD = new URL("../kill-at-change.ts", import.meta.url).href;
/** Only changes from the first of the staging on are of a restore in place. */
const SINCE = "since=.swap";
const KEPT = /^\.holdfast-old-/;
const STAGING = /^\.holdfast-restore-/;

export type Tree = Map<string, string>;
/** How far the killed restore had come, by what it left. */
export type Stage = "before" | "writing" | "moving" | "giving up the old" | "after";

export interface InPlaceTrial {
  /** As on the command line, with the point. */
  args: string[];
  stage: Stage;
  isNew: boolean;
}

interface Point {
  id: string;
  tree: Tree;
}

export class InPlaceRig {
  readonly #stack = new StackOnDisk();
  readonly #random: Random;
  readonly #points: Point[] = [];
  /** Of a restore that nobody kills. */
  changes = 0;
  beginsAfterMs = 0;
  endsAfterMs = 0;
  /** Restores that were not killed, settlings that were, and points that were made after a kill. */
  readonly counts = { unhurt: 0, killedSettlings: 0, backups: 0 };

  constructor(random: Random) {
    this.#random = random;
  }

  /** A chain: a full and incremental points. */
  async prepare(): Promise<void> {
    makeSource(this.#source, this.#random);
    for (let made = 0; made < POINTS; made++) {
      await this.#backUp();
      editSource(this.#source, this.#random);
    }
    await this.#measure();
  }

  dispose(): void {
    this.#stack.remove();
  }

  /** Undefined when the restore ended before it could be killed. Throws when something is not as it should be. */
  async kill(moment: Moment): Promise<InPlaceTrial | undefined> {
    editSource(this.#source, this.#random);
    const before = this.#tree();
    const asked = this.#choose(before);
    const ended = await this.#runAndKill(asked.args, moment);
    const stage = this.#stage();
    if (ended.signal === null) {
      assert(ended.exitCode === 0, `an unhurt restore ended with ${ended.exitCode}: ${ended.stderr}`);
    } else await this.#settle();
    const isNew = this.#check(before, asked, ended.signal === null);
    this.#removeKept();
    if (this.#random() < 0.3) await this.restoreWhole();
    if (ended.signal !== null) return { args: asked.args, stage, isNew };
    this.counts.unhurt++;
    return undefined;
  }

  /** A restore that nobody kills, after whatever was. */
  async restoreWhole(): Promise<void> {
    const point = this.#point();
    const ended = await this.#done("restore", "data", "--in-place", "--yes", "--point", point.id);
    assert(!ended.stderr.includes("killed"), `something was left: ${ended.stderr}`);
    assertSame(this.#tree(), point.tree, `the restore of ${point.id}`);
    this.#assertNothingLeft();
  }

  get #source(): string {
    return this.#stack.source();
  }

  #choose(before: Tree): Asked {
    const point = this.#point();
    const paths = this.#random() < 0.3 ? this.#paths(point) : undefined;
    const keepOld = this.#random() < 0.5;
    const delta = this.#random() < 0.5;
    const args = ["restore", "data", "--in-place", "--yes", "--point", point.id];
    if (keepOld) args.push("--keep-old");
    if (delta) args.push("--delta");
    if (paths !== undefined) args.push("--path", ...paths);
    return {
      args,
      keepOld,
      paths,
      wanted: paths === undefined ? point.tree : merged(before, point.tree, paths),
    };
  }

  #point(): Point {
    const point = this.#points[upTo(this.#points.length, this.#random)];
    if (point === undefined) throw new Error("there is no point");
    return point;
  }

  /** Two or fewer of what is directly in the root. */
  #paths({ tree }: Point): string[] {
    const names = [...tree.keys()].filter((path) => /^\.\/[^/]+$/.test(path)).map((path) => path.slice(2));
    const pick = (): string => names[upTo(names.length, this.#random)] ?? "big";
    return [...new Set([pick(), pick()])];
  }

  /** By whichever command comes next; now and then that is killed too. */
  async #settle(): Promise<void> {
    if (this.#random() < 0.25) {
      const ended = await this.#runAndKill(["doctor"], { atChange: 1 + upTo(30, this.#random) });
      if (ended.signal !== null) this.counts.killedSettlings++;
    }
    if (this.#random() < 0.15) {
      await this.#backUp();
      this.counts.backups++;
      return;
    }
    const ended = await this.#start(["doctor"]).ended;
    assert(
      ended.exitCode === 0 || ended.exitCode === 3,
      `doctor ended with ${ended.exitCode}: ${ended.stdout}`,
    );
  }

  /** Whether it is the new tree. */
  #check(before: Tree, { wanted, keepOld, paths }: Asked, isDone: boolean): boolean {
    this.#assertNothingLeft();
    const now = this.#tree();
    const isNew = isDone || !isSame(now, before);
    assertSame(now, isNew ? wanted : before, isNew ? "the new tree" : "the old tree");
    const kept = this.#kept();
    const asides = paths === undefined ? before.size > 1 : paths.some((path) => before.has(`./${path}`));
    // Equal trees are both, and then what was kept tells which it is.
    const isKept = keepOld && asides && (isNew || kept.length > 0);
    assert(kept.length === (isKept ? 1 : 0), `kept: ${kept.join(", ")}`);
    if (isKept)
      assertSame(contentOf(join(this.#source, kept[0] ?? "")), asideOf(before, paths), "what was kept");
    return isNew;
  }

  #kept(): string[] {
    return readdirSync(this.#source).filter((name) => KEPT.test(name));
  }

  #removeKept(): void {
    for (const name of this.#kept()) rmSync(join(this.#source, name), { recursive: true });
  }

  #assertNothingLeft(): void {
    const left = readdirSync(this.#source).filter((name) => STAGING.test(name));
    assert(left.length === 0, `left in the source: ${left.join(", ")}`);
  }

  /** Without what is kept or staged in it, and without the root's own time: a kill before the journal is written loses that. */
  #tree(): Tree {
    const tree = describeTree(this.#source);
    for (const path of tree.keys()) if (/^\.\/\.holdfast-/.test(path)) tree.delete(path);
    return tree.set(".", (tree.get(".") ?? "").split(" ").slice(0, 3).join(" "));
  }

  #stage(): Stage {
    const area = readdirSync(this.#source).find((name) => STAGING.test(name));
    if (area === undefined) return this.#kept().length > 0 ? "after" : "before";
    const journal = join(this.#source, area, "journal.json");
    if (!existsSync(journal)) return "writing";
    return readFileSync(journal, "utf8").includes('"swapped"') ? "giving up the old" : "moving";
  }

  async #backUp(): Promise<void> {
    const { stdout } = await this.#done("backup", "data");
    const id = /point (\S+)/i.exec(stdout)?.[1] ?? "";
    this.#points.push({ id, tree: this.#tree() });
  }

  async #measure(): Promise<void> {
    const startedAt = performance.now();
    const args = ["restore", "data", "--in-place", "--yes", "--point", this.#points[0]?.id ?? ""];
    const run = this.#start(args, [`--import=${PRELOAD}?${SINCE}`]);
    const hasBegun = (): boolean => readdirSync(this.#source).some((name) => STAGING.test(name));
    await waitUntil("the staging of a restore", () => hasBegun() || !run.isRunning, LIMIT_MS);
    this.beginsAfterMs = performance.now() - startedAt;
    const { ms, stderr, exitCode } = await run.ended;
    assert(exitCode === 0, `a restore ended with ${exitCode}: ${stderr}`);
    this.endsAfterMs = ms;
    this.changes = Number(/changes: (\d+)/.exec(stderr)?.[1]);
  }

  async #done(...args: string[]): Promise<Ended> {
    const ended = await this.#start(args).ended;
    assert(ended.exitCode === 0, `${args.join(" ")} ended with ${ended.exitCode}: ${ended.stderr}`);
    return ended;
  }

  async #runAndKill(args: string[], moment: Moment): Promise<Ended> {
    const since = args[0] === "restore" ? `&${SINCE}` : "";
    const isInside = "atChange" in moment;
    const run = this.#start(args, isInside ? [`--import=${PRELOAD}?at=${moment.atChange}${since}`] : []);
    if (isInside) return run.ended;
    const timer = setTimeout(() => run.kill("SIGKILL"), moment.afterMs);
    return run.ended.finally(() => clearTimeout(timer));
  }

  #start(args: readonly string[], nodeArgs: readonly string[] = []): HoldfastProcess {
    mkdirSync(this.#source, { recursive: true });
    return new HoldfastProcess(["--config", this.#stack.configPath, ...args], {
      nodeArgs,
      limitMs: LIMIT_MS,
    });
  }
}

interface Asked {
  args: string[];
  keepOld: boolean;
  paths: string[] | undefined;
  /** The whole source when it has succeeded. */
  wanted: Tree;
}

function merged(before: Tree, point: Tree, paths: readonly string[]): Tree {
  const tree = new Map([...before].filter(([path]) => !isSelected(path, paths)));
  for (const [path, facts] of point) if (isSelected(path, paths)) tree.set(path, facts);
  return tree;
}

/** What was replaced, by its paths. */
function asideOf(before: Tree, paths: readonly string[] | undefined): Tree {
  return new Map(
    [...before].filter(([path]) => path !== "." && (paths === undefined || isSelected(path, paths))),
  );
}

function contentOf(directory: string): Tree {
  const tree = describeTree(directory);
  tree.delete(".");
  return tree;
}

function isSelected(path: string, paths: readonly string[]): boolean {
  return paths.some((selected) => path === `./${selected}` || path.startsWith(`./${selected}/`));
}

function isSame(a: Tree, b: Tree): boolean {
  return a.size === b.size && [...a].every(([path, facts]) => b.get(path) === facts);
}

function assertSame(found: Tree, expected: Tree, what: string): void {
  if (isSame(found, expected)) return;
  const paths = new Set([...found.keys(), ...expected.keys()]);
  const [first] = [...paths].filter((path) => found.get(path) !== expected.get(path));
  throw new Error(
    `${what} is not whole: ${first} is ${found.get(first ?? "")}, and shall be ${expected.get(first ?? "")}`,
  );
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
