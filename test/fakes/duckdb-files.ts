/** Files as DuckDB lays them out, as far as a capture looks into them, and an order to capture them. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CapturedDatabase, DatabaseOrder } from "../../src/capture/database-capture.ts";
import type { Hold } from "../../src/ports/source.ts";
import { realSystem, type CaptureStep, type CaptureSystem } from "../../src/capture/live/capture-system.ts";
import { SIDE_FILES } from "../../src/domain/embedded-database.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const INSERT = 26;
export const CHECKPOINT = 99;
export const FLUSH = 100;

/** Three headers and some blocks. */
export function duckdbFile({ iteration = 1, blocks = 2, fill = 7 } = {}): Buffer {
  const headers = Buffer.alloc(3 * 4096);
  headers.write("DUCK", 8);
  headers.writeBigUInt64LE(BigInt(iteration), 4096 + 8);
  return Buffer.concat([headers, Buffer.alloc(blocks * 256 * 1024, fill)]);
}

export function walVersion(version = 2, { withDatabase = false } = {}): Buffer {
  const database = withDatabase ? [102, 0, 16, ...Array.from({ length: 16 }, () => [0xcf, 1]).flat()] : [];
  return Buffer.from([100, 0, 98, 101, 0, version, ...database, 0xff, 0xff]);
}

export function walRecord(type: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const content = Buffer.concat([Buffer.from([100, 0, type]), payload, Buffer.from([0xff, 0xff])]);
  const start = Buffer.alloc(16, 0xab);
  start.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([start, content]);
}

export function wal(...types: number[]): Buffer {
  return Buffer.concat([walVersion(), ...types.map((type) => walRecord(type))]);
}

/** Sleeps take no time, but move it on. */
export class PatientClock implements Clock {
  #now: number;
  readonly slept: number[] = [];
  onSleep: () => void = () => undefined;

  constructor(now: number) {
    this.#now = now;
  }

  now = () => this.#now;
  monotonic = () => this.#now;

  async sleep(duration: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(duration);
    this.#now += duration;
    this.onSleep();
  }

  jumpTo(now: number): void {
    this.#now = now;
  }
}

/** What was held, and let go. */
export class FakeFreeze {
  holds = 0;
  isHeld = false;
  /** Called with the number of the hold, as soon as it has begun. */
  onHold: (hold: number) => void = () => undefined;
  onThaw: (hold: number) => void = () => undefined;
  readonly timeLimit = new AbortController();

  readonly freeze: Hold = async (work) => {
    this.holds++;
    this.isHeld = true;
    this.onHold(this.holds);
    try {
      return { value: await work(this.timeLimit.signal), heldMs: 10 };
    } finally {
      this.isHeld = false;
      this.onThaw(this.holds);
    }
  };
}

/** A database of its own, with a log. */
export class DuckdbRig {
  readonly directory: string;
  readonly main: string;
  readonly scratch: string;
  /** All files are old enough to it. */
  readonly clock = new PatientClock(Date.now() + 60_000);
  readonly cancel = new AbortController();
  /** How often each step was done. */
  readonly steps = new Map<CaptureStep, number>();
  readonly #hooks: { step: CaptureStep; time: number; work: () => void }[] = [];

  constructor(directory = temporaryDirectory()) {
    this.directory = directory;
    this.main = join(directory, "x.duckdb");
    this.scratch = join(directory, "scratch");
    mkdirSync(this.scratch, { recursive: true });
    writeFileSync(this.main, duckdbFile());
    this.write(".wal", wal(INSERT, FLUSH));
  }

  write(suffix: string, bytes: Buffer): void {
    writeFileSync(this.main + suffix, bytes);
  }

  order(changes: Partial<DatabaseOrder> = {}): DatabaseOrder {
    return {
      path: Buffer.from(this.main),
      scratch: this.scratch,
      rule: "optimistic",
      freeze: undefined,
      clock: this.clock,
      random: () => 0.5,
      signal: this.cancel.signal,
      ...changes,
    };
  }

  /** Does the work right after that step, the first time that it is done or the one that is told. */
  after(step: CaptureStep, work: () => void, time = 1): void {
    this.#hooks.push({ step, work, time });
  }

  system(changes: Partial<CaptureSystem> = {}): CaptureSystem {
    return {
      ...realSystem,
      between: (step) => {
        const times = (this.steps.get(step) ?? 0) + 1;
        this.steps.set(step, times);
        for (const hook of this.#hooks) if (hook.step === step && hook.time === times) hook.work();
      },
      ...changes,
    };
  }

  /** The digest of each file that is there now, by its suffix. */
  get live(): Record<string, string> {
    const suffixes = ["", ...SIDE_FILES.duckdb].filter((suffix) => existsSync(this.main + suffix));
    return Object.fromEntries(suffixes.map((suffix) => [suffix, digestOf(readFileSync(this.main + suffix))]));
  }

  get leftInScratch(): string[] {
    return readdirSync(this.scratch).sort();
  }
}

/** The digest of each member by its suffix. */
export function contentOf({ members }: CapturedDatabase): Record<string, string> {
  return Object.fromEntries(members.map(({ suffix, path }) => [suffix, digestOf(readFileSync(path))]));
}

export function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
