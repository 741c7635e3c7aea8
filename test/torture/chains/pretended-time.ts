/**
 * A clock of the kernel that a test moves: what it says is the time, and files that are changed then have that time as their
 * ctime. Only through the file system given here; mtimes are the real ones, because a restore has to bring them back.
 */
import fs, { type BigIntStats } from "node:fs";

import type { TreeFs } from "../../../src/sources/volume/tree-fs.ts";
import type { FakeClock } from "../../fakes/fake-clock.ts";

interface Epoch {
  /** Both in nanoseconds: the first real ctime that belongs to it, and the time that it is then. */
  real: bigint;
  pretended: bigint;
}

const MILLISECOND = 1_000_000n;

export class PretendedTime {
  readonly #clock: FakeClock;
  /** Coarse as some file systems' times are. */
  readonly #granularity: bigint;
  readonly #probe: string;
  readonly #epochs: Epoch[] = [];

  /** The probe is a file of ours on the same file system. */
  constructor(options: { clock: FakeClock; granularity: bigint; probe: string }) {
    this.#clock = options.clock;
    this.#granularity = options.granularity;
    this.#probe = options.probe;
    fs.writeFileSync(this.#probe, "");
    this.#begin(options.clock.now());
  }

  /** Until then everything had an earlier ctime, from now on everything has a later one. In milliseconds, also back. */
  pass(duration: number): void {
    const last = this.#epochs.at(-1);
    // At least as long as what was done since really took.
    const took = last === undefined ? 0n : this.#tick() - last.real;
    const earliest = last === undefined ? 0n : last.pretended + took;
    this.#begin(Number(earliest / MILLISECOND) + 1 + duration);
  }

  /** `onCall` is told before each call. */
  fileSystem(onCall: () => void = () => undefined): TreeFs {
    const shifted = <Args extends unknown[]>(call: (...args: Args) => BigIntStats) =>
      ((...args: Args) => {
        onCall();
        const stats = call(...args);
        stats.ctimeNs = this.#pretended(stats.ctimeNs);
        return stats;
      }) as never;
    const told = <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
      ((...args: Args) => {
        onCall();
        return call(...args);
      }) as never;
    return {
      closeSync: fs.closeSync,
      fstatSync: shifted(fs.fstatSync as never),
      lstatSync: shifted(fs.lstatSync as never),
      statSync: shifted(fs.statSync as never),
      openSync: told(fs.openSync),
      readdirSync: told(fs.readdirSync as never),
      readlinkSync: told(fs.readlinkSync as never),
      readSync: told(fs.readSync as never),
    };
  }

  #begin(now: number): void {
    this.#clock.jumpTo(now);
    this.#epochs.push({ real: this.#tick(), pretended: BigInt(now) * MILLISECOND });
  }

  /** A ctime that no file had before. */
  #tick(): bigint {
    const ctime = (): bigint => fs.lstatSync(this.#probe, { bigint: true }).ctimeNs;
    const before = ctime();
    for (;;) {
      fs.utimesSync(this.#probe, 1, 1);
      const now = ctime();
      if (now > before) return now;
    }
  }

  #pretended(ctime: bigint): bigint {
    const epoch = this.#epochs.findLast(({ real }) => real <= ctime) ?? { real: 0n, pretended: 0n };
    const exact = epoch.pretended + (ctime - epoch.real);
    return exact - (exact % this.#granularity);
  }
}
