/** A stack with one store here and one behind a link, whose backups and restores are cut off the network at a given moment. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { setTimeout as passed } from "node:timers/promises";

import { holdfast, HoldfastProcess, type Ended } from "../../e2e/holdfast-process.ts";
import { StackOnDisk } from "../../e2e/stack-on-disk.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import { describeTree } from "../../fakes/captured-volume.ts";
import { CuttableLink } from "../../servers/cuttable-link.ts";
import { leftoversIn, storedState } from "../stored-state.ts";
import { startFarStore, type FarKind, type FarStore } from "./far-store.ts";

const CONTENT_BYTES = 16 * 2 ** 20;
/** So that there is a middle to cut. */
const PACE = "8MiB/s";
/** A program that has no network left has given up long before. */
const RUN_LIMIT_MS = 300_000;

/** When the link is cut, and for how long. */
export interface Cut {
  /** Of the content that has gone over the link. */
  share: number;
  /** Undefined: until the program has ended. */
  ms: number | undefined;
}

export interface CutOutcome {
  /** The program had ended before it could be cut. */
  wasUnhurt: boolean;
  exitCode: number;
  /** What it says of its trouble; empty where it had none. */
  reason: string;
  seconds: number;
}

export class CutRig {
  readonly #link: CuttableLink;
  readonly #far: FarStore;
  readonly #stack = new StackOnDisk();
  #rounds = 0;

  static async start(kind: FarKind): Promise<CutRig> {
    const link = CuttableLink.open();
    let rig: CutRig | undefined;
    try {
      rig = new CutRig(link, await startFarStore(kind, link.host));
      // A store that has nothing yet is new, not one that was away.
      rig.#write();
      await rig.#heal();
      return rig;
    } catch (error) {
      await rig?.close();
      link.close();
      throw error;
    }
  }

  private constructor(link: CuttableLink, far: FarStore) {
    this.#link = link;
    this.#far = far;
  }

  async close(): Promise<void> {
    this.#link.close();
    await this.#far.close();
    this.#stack.remove();
  }

  /** A backup that is cut, and the next one, which has to heal what that left. */
  async backup(cut: Cut): Promise<CutOutcome> {
    this.#write();
    const before = this.#pointsHere().length;
    const outcome = await this.#cutOff("out", cut, "backup");
    assert(outcome, [0, 3], /^data: partial\. .* in local: /m);
    expect(this.#pointsHere().length === before + 1, "the local store has no new point");
    await this.#heal();
    return outcome;
  }

  /** A restore from behind the link that is cut: all or nothing is there, and the next one succeeds. */
  async restore(cut: Cut): Promise<CutOutcome> {
    const target = this.#stack.path("targets", String(++this.#rounds));
    mkdirSync(this.#stack.path("targets"), { recursive: true });
    const restore = ["restore", "data", "--store", "far", "--to", target];
    const outcome = await this.#cutOff("in", cut, ...restore);
    assert(outcome, [0, 1], /^holdfast: .+ failed: .+\.$/m);
    const left = readdirSync(this.#stack.path("targets")).filter((name) => name !== String(this.#rounds));
    expect(
      left.every((name) => /^\d+$/.test(name)),
      `the restore left ${left.join(", ")}`,
    );
    if (outcome.exitCode !== 0) {
      expect(!existsSync(target), "a restore that failed has made its target");
      await this.#done(...restore);
    }
    expect(sameTree(target, this.#stack.source()), "what was restored is not what was backed up");
    return outcome;
  }

  async #cutOff(direction: "out" | "in", { share, ms }: Cut, ...args: string[]): Promise<CutOutcome> {
    this.#configure(PACE);
    const from = this.#link.passed(direction);
    const startedAt = performance.now();
    const { through } = this.#link;
    const options = { through, limitMs: RUN_LIMIT_MS };
    const process = new HoldfastProcess(["--config", this.#stack.configPath, ...args], options);
    try {
      await waitUntil(
        `${share} of the content on the link`,
        () => !process.isRunning || this.#link.passed(direction) - from >= share * CONTENT_BYTES,
        RUN_LIMIT_MS,
      );
      const wasUnhurt = !process.isRunning;
      this.#link.cut();
      await (ms === undefined ? process.ended : passed(ms));
      this.#link.mend();
      const { exitCode, stdout, stderr } = await process.ended;
      const reason = exitCode === 0 ? "" : (exitCode === 3 ? stdout : stderr).trim();
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      return { wasUnhurt, exitCode: exitCode ?? -1, reason, seconds };
    } finally {
      process.kill("SIGKILL");
      this.#link.mend();
    }
  }

  /** The next run: both stores have the same points, and nothing that belongs to none of them. */
  async #heal(): Promise<void> {
    this.#stack.write({ [`later-${this.#rounds}`]: "later" });
    await this.#done("backup");
    const here = this.#pointsHere();
    const there = [...storedState(await this.#far.contents()).committed].sort();
    expect(here.join() === there.join(), `here are ${here.join()}, there ${there.join()}`);
    expect(leftoversIn(this.#stack.store()).length === 0, "something is left here");
    if (this.#far.waitsForRest)
      await waitUntil("the server's end of waiting", () => this.#tidied(), RUN_LIMIT_MS);
    const left = await this.#leftThere();
    expect(left.length === 0, `left behind: ${left.join(", ")}`);
    await this.#done("verify", "--store", "far");
  }

  /** Whether nothing is left; else after one more backup. */
  async #tidied(): Promise<boolean> {
    if ((await this.#leftThere()).length === 0) return true;
    await this.#done("backup");
    return false;
  }

  /** But for proofs, and the folder of locks, which stays on a file server. */
  async #leftThere(): Promise<string[]> {
    const left = leftoversIn(await this.#far.contents()).filter((entry) => !/\/proofs\/|\/$/.test(entry));
    return [...left, ...(await this.#far.unfinished())];
  }

  async #done(...args: string[]): Promise<Ended> {
    this.#configure(undefined);
    const { through } = this.#link;
    const options = { through, limitMs: RUN_LIMIT_MS };
    const ended = await holdfast(["--config", this.#stack.configPath, ...args], options);
    expect(
      ended.exitCode === 0,
      `${args.join(" ")} ended with ${ended.exitCode}: ${ended.stdout}${ended.stderr}`,
    );
    return ended;
  }

  #configure(limit: string | undefined): void {
    const far = limit === undefined ? this.#far.config : { ...this.#far.config, limit };
    this.#stack.configure({ otherStores: { far }, jobs: { data: { retention: { last: 2 } } } });
  }

  #write(): void {
    this.#stack.write({ content: randomBytes(CONTENT_BYTES), [`round-${++this.#rounds}`]: "round" });
  }

  #pointsHere(): string[] {
    return [...storedState(this.#stack.store()).committed].sort();
  }
}

function assert({ exitCode, reason, seconds }: CutOutcome, codes: readonly number[], sentence: RegExp): void {
  const isAsItMay = codes.includes(exitCode) && (exitCode === 0 || sentence.test(reason));
  expect(isAsItMay, `it ended with ${exitCode} after ${seconds} s: ${reason}`);
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function sameTree(one: string, other: string): boolean {
  return JSON.stringify([...describeTree(one)]) === JSON.stringify([...describeTree(other)]);
}
