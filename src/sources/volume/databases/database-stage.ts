/** Captures the databases of one run to scratch, each checked before it may be archived. */
import type { BigIntStats } from "node:fs";
import { lstat, rm } from "node:fs/promises";

import { toText } from "../../../archive/byte-path.ts";
import type { CapturedDatabase, DatabaseOrder } from "../../../capture/database-capture.ts";
import type { DatabaseVerdict } from "../../../capture/database-verdict.ts";
import { hasCode, HoldfastError } from "../../../domain/errors.ts";
import type { DatabaseKind } from "../../../domain/embedded-database.ts";
import type { Milliseconds } from "../../../domain/instant.ts";
import type { CaptureWarning } from "../../../domain/recovery-point.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { CaptureRequest, Freezer } from "../../../ports/source.ts";
import type { DatabaseFate, DatabaseMembers, FoundDatabase, MemberStats } from "./database-fate.ts";
import type { DatabaseDriver, HeldCapture } from "./database-driver.ts";
import { DatabaseExports } from "./database-exports.ts";
import { DatabaseRecords, type DatabaseRecord } from "./database-record.ts";
import type { DatabaseRule, RuleOf } from "./database-rule.ts";
import { makePlace } from "./scratch.ts";

export interface StageOptions {
  /** Byte string, absolute. */
  root: string;
  /** Directory of this run alone, which does not exist yet. */
  scratch: string;
  ruleOf: RuleOf;
  drivers: Readonly<Partial<Record<DatabaseKind, DatabaseDriver>>>;
  /** Who can be held while a database is captured that does not stand still. */
  freezer: (signal: AbortSignal) => Promise<Freezer>;
  clock: Clock;
  random: () => number;
  onDatabase: CaptureRequest["onDatabase"];
  signal: AbortSignal;
}

interface Accepted {
  captured: CapturedDatabase;
  verdict: DatabaseVerdict | undefined;
}

export class DatabaseStage {
  readonly #options: StageOptions;
  readonly #held = new Map<string, HeldCapture>();
  #heldMs = 0;
  readonly #records = new DatabaseRecords();
  readonly exports: DatabaseExports;
  readonly #vanished: CaptureWarning[] = [];
  readonly #end = new AbortController();
  #underWay: Promise<unknown> = Promise.resolve();
  #captures = 0;
  #freezer: Promise<Freezer> | undefined;

  constructor(options: StageOptions) {
    this.#options = { ...options, signal: AbortSignal.any([options.signal, this.#end.signal]) };
    this.exports = new DatabaseExports(options.scratch);
  }

  get warnings(): readonly CaptureWarning[] {
    return [...this.#vanished, ...this.exports.warnings];
  }

  /** Whether this one is captured at all. */
  isCaptured({ path, kind }: FoundDatabase): boolean {
    const { ruleOf, drivers } = this.#options;
    const { capture, rebuilt } = ruleOf(path);
    return capture !== "none" && !rebuilt && drivers[kind] !== undefined;
  }

  /**
   * All of them at one moment, while their writers are held by the caller: checked, and given out, only later. What there is after
   * `checkpointing` has to be discarded before the next time.
   */
  async captureHeld(
    all: readonly FoundDatabase[],
    signal: AbortSignal,
  ): Promise<"checkpointing" | "captured"> {
    for (const found of all) {
      const captured = await this.#stillCaptured(found, signal);
      if (captured === "checkpointing") return captured;
      if (captured !== "gone") this.#held.set(found.path, captured);
    }
    return "captured";
  }

  async #stillCaptured(
    found: FoundDatabase,
    signal: AbortSignal,
  ): Promise<HeldCapture | "checkpointing" | "gone"> {
    try {
      return await this.#driver(found).captureHeld({ ...(await this.#place(found)), signal });
    } catch (error) {
      if (hasCode(error, "not-found")) return "gone";
      throw error;
    }
  }

  /** How long that took, altogether. */
  wereHeldFor(heldMs: Milliseconds): void {
    this.#heldMs = heldMs;
  }

  /** Throws what keeps the database from being captured soundly: then nobody may take the run for whole. */
  fateOf(found: FoundDatabase): Promise<DatabaseFate> {
    const fate = this.#decide(found);
    this.#underWay = fate.catch(() => undefined);
    return fate;
  }

  async #decide(found: FoundDatabase): Promise<DatabaseFate> {
    const rule = this.#options.ruleOf(found.path);
    if (rule.rebuilt) return { as: "left-out" };
    if (!this.isCaptured(found)) return { as: "plain" };
    try {
      return { as: "staged", members: await this.#sound(found, rule) };
    } catch (error) {
      if (this.#options.signal.aborted || (await this.#exists(found))) throw error;
      const { text } = toText(found.path);
      const message = `${text} vanished before it was captured`;
      this.#vanished.push({ path: text, problem: "vanished", message });
      return { as: "left-out" };
    }
  }

  facts(): Record<string, unknown> {
    return this.#records.facts();
  }

  /** Ends what is under way, and with it whatever is held for it: only then nobody waits for a service of theirs any more. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#underWay;
    await this.discard();
  }

  /** All copies. */
  async discard(): Promise<void> {
    this.#held.clear();
    await rm(this.#options.scratch, { recursive: true, force: true });
  }

  async #sound(found: FoundDatabase, rule: DatabaseRule): Promise<DatabaseMembers> {
    const isHeldFirst = rule.capture === "freeze";
    const first = (await this.#heldCapture(found)) ?? (await this.#capture(found, rule, isHeldFirst));
    const verdict = await this.#check(first, found, rule);
    if (verdict?.state !== "damaged") return this.#accept(found, rule, { captured: first, verdict });
    await this.#discard(first);
    const second = await this.#capture(found, rule, rule.capture !== "optimistic");
    const again = await this.#check(second, found, rule);
    if (again?.state === "damaged") throw damaged(found, verdict.why, again.why);
    return this.#accept(found, rule, { captured: second, verdict: again });
  }

  async #heldCapture({ path }: FoundDatabase): Promise<CapturedDatabase | undefined> {
    const captured = await this.#held.get(path)?.finish(this.#options.signal);
    return captured && { ...captured, facts: { ...captured.facts, heldMs: this.#heldMs } };
  }

  async #capture(
    found: FoundDatabase,
    { capture }: DatabaseRule,
    isHeld: boolean,
  ): Promise<CapturedDatabase> {
    const { random } = this.#options;
    const place = await this.#place(found);
    const freezer: Freezer =
      capture === "optimistic"
        ? { because: "the job's config says never to hold anybody for it" }
        : await this.#findFreezer();
    const isPossible = "freeze" in freezer;
    return this.#driver(found).capture({
      ...place,
      ...{ random, rule: isHeld && (isPossible || capture === "freeze") ? "freeze" : "optimistic" },
      freeze: isPossible ? freezer.freeze : undefined,
      cannotFreezeBecause: isPossible ? undefined : freezer.because,
    });
  }

  async #check(
    { members, facts }: CapturedDatabase,
    found: FoundDatabase,
    { verify, key }: DatabaseRule,
  ): Promise<DatabaseVerdict | undefined> {
    const [main] = members;
    const { signal, onDatabase } = this.#options;
    const verdict =
      verify === "off" || main === undefined
        ? undefined
        : await this.#driver(found).check({ path: main.path, level: verify, key, signal });
    onDatabase?.({ kind: found.kind, mode: facts.mode, check: verdict?.state });
    return verdict;
  }

  async #accept(found: FoundDatabase, rule: DatabaseRule, sound: Accepted): Promise<DatabaseMembers> {
    const exported = (await this.#export(found, rule, sound)) ? rule.export : undefined;
    return this.#record(found, rule, { ...sound, exported: exported === "none" ? undefined : exported });
  }

  /** Whether the point holds one. */
  async #export(found: FoundDatabase, rule: DatabaseRule, { captured, verdict }: Accepted): Promise<boolean> {
    const driver = this.#driver(found);
    const path = captured.members[0]?.path;
    if (rule.export === "none" || driver.export === undefined || path === undefined) return false;
    const { signal } = this.#options;
    return this.exports.add(found, async (to) =>
      verdict?.state === "unverified" ? verdict.why : driver.export?.({ path, to, signal }),
    );
  }

  #record(
    found: FoundDatabase,
    { verify }: DatabaseRule,
    { captured, verdict, exported }: Accepted & Pick<DatabaseRecord, "exported">,
  ): DatabaseMembers {
    const { kind } = found;
    const [main, ...sides] = captured.members.map(({ suffix, path: copy, stats }) => ({
      suffix,
      copy,
      stats: plain(stats),
    }));
    if (main === undefined) throw new Error("a captured database without its main file");
    const bytes = captured.members.reduce((sum, { stats }) => sum + Number(stats.size), 0);
    const path = toText(found.path).text;
    this.#records.add({ path, kind, bytes, ...captured.facts, verify, verdict, exported });
    return [main, ...sides];
  }

  async #place(found: FoundDatabase): Promise<Pick<DatabaseOrder, "path" | "scratch" | "clock" | "signal">> {
    const { clock, signal, scratch: parent } = this.#options;
    const scratch = await makePlace(parent, String((this.#captures += 1)));
    return { path: this.#pathOf(found), scratch, clock, signal };
  }

  async #discard({ members }: CapturedDatabase): Promise<void> {
    for (const { path } of members) await rm(path, { force: true });
  }

  async #exists(found: FoundDatabase): Promise<boolean> {
    return lstat(this.#pathOf(found)).then(
      () => true,
      (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
    );
  }

  #pathOf({ path }: FoundDatabase): Buffer {
    return Buffer.from(`${this.#options.root}/${path}`, "latin1");
  }

  #driver({ kind }: FoundDatabase): DatabaseDriver {
    const driver = this.#options.drivers[kind];
    if (driver === undefined) throw new Error(`nothing captures a ${kind} database`);
    return driver;
  }

  #findFreezer(): Promise<Freezer> {
    return (this.#freezer ??= this.#options.freezer(this.#options.signal));
  }
}

/** Of the live file when it was captured, as what can cross to another thread. */
function plain({ size, mode, uid, gid, mtimeNs, ctimeNs, ino, dev, nlink }: BigIntStats): MemberStats {
  return { size, mode, uid, gid, mtimeNs, ctimeNs, ino, dev, nlink };
}

function damaged({ path, kind }: FoundDatabase, first: string, second: string): HoldfastError {
  const agree = first === second;
  return new HoldfastError("source", {
    what: `Capturing ${kind} database ${toText(path).text}`,
    why: agree
      ? `two independent captures of it cannot be read, for the same reason (${first}): the live file itself looks damaged`
      : `neither of two captures of it can be read (${first}; ${second})`,
    next: agree
      ? "have its application check it, and look at the disk; older recovery points may hold the last good copy, so keep them (`holdfast pin`)"
      : "name the services that write to it in `quiesce`, so that they are held while it is captured",
  });
}
