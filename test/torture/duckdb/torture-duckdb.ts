/** Captures the databases of live writers under every load, reads every copy, and tells the figures of each load. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { randomFrom } from "../moments.ts";
import { DuckdbRig, type DuckdbTrial } from "./duckdb-rig.ts";
import { LOADS, type Load } from "./loads.ts";

export interface DuckdbTorture {
  captures: number;
  seed: number;
  /** Where the databases and the copies are; default: the machine's temporary directory. */
  directory?: string | undefined;
  loads?: readonly Load[];
  print: (line: string) => void;
}

/** One capture of so many begins with holding the writer. */
const FREEZE_EVERY = 3;
const LONGEST_BREAK_MS = 300;
const KILLS_A_CAPTURE = 0.1;

/** Throws at the first capture that is not what it must be, and when none came about. */
export async function tortureDuckdb(torture: DuckdbTorture): Promise<Record<string, DuckdbTrial[]>> {
  const { captures, seed, directory = tmpdir(), loads = LOADS, print } = torture;
  const random = randomFrom(seed);
  print(`seed ${seed}: ${captures} captures of live DuckDB databases in ${directory}`);
  const root = mkdtempSync(join(directory, "holdfast-duckdb-"));
  const all: Record<string, DuckdbTrial[]> = {};
  try {
    for (const [at, load] of loads.entries()) {
      const count =
        Math.floor(((at + 1) * captures) / loads.length) - Math.floor((at * captures) / loads.length);
      all[load] = await tortureLoad(join(root, load), load, { count, random });
      print(`${load}: ${figuresOf(all[load])}`);
    }
    const kills = Math.ceil(captures * KILLS_A_CAPTURE);
    print(await tortureKilled(join(root, "killed"), kills, random));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const bad = Object.values(all).flatMap((trials) => trials.filter(({ outcome }) => outcome !== "right"));
  if (bad.length > 0)
    throw new Error(`seed ${seed}: ${bad.map((trial) => JSON.stringify(trial)).join("\n")}`);
  return all;
}

async function tortureLoad(
  directory: string,
  load: Load,
  { count, random }: { count: number; random: () => number },
): Promise<DuckdbTrial[]> {
  mkdirSync(directory);
  const rig = new DuckdbRig(directory, load, random);
  const trials: DuckdbTrial[] = [];
  try {
    await rig.start();
    for (let at = 0; at < count; at++) {
      await delay(random() * LONGEST_BREAK_MS);
      trials.push(await rig.trial(at % FREEZE_EVERY === FREEZE_EVERY - 1 ? "freeze" : "optimistic"));
    }
    await rig.end();
  } finally {
    await rig.dispose();
  }
  return trials;
}

/** Writers that are killed in a checkpoint: what is captured then, is what DuckDB recovers. */
async function tortureKilled(directory: string, wanted: number, random: () => number): Promise<string> {
  mkdirSync(directory);
  const rig = new DuckdbRig(directory, "storm", random);
  let [kills, inCheckpoint] = [0, 0];
  try {
    await rig.start();
    for (; kills < wanted; kills++) {
      await delay(random() * LONGEST_BREAK_MS);
      const result = await rig.killInCheckpoint();
      if (result === undefined) continue;
      inCheckpoint++;
      if (!result.isSame) throw new Error("What was captured is not what DuckDB recovers.");
    }
  } finally {
    await rig.dispose();
  }
  return `killed: ${kills} writers, ${inCheckpoint} of them in a checkpoint; every capture is what DuckDB recovers`;
}

function figuresOf(trials: readonly DuckdbTrial[]): string {
  const count = (has: (trial: DuckdbTrial) => boolean) => trials.filter(has).length;
  const outcomes = (["failed", "wrong", "lost"] as const).map(
    (outcome) => `${outcome} ${count((trial) => trial.outcome === outcome)}`,
  );
  const optimistic = trials.filter(({ facts }) => facts?.mode === "optimistic");
  const frozen = trials.filter(({ facts }) => facts?.mode === "frozen");
  const held = frozen.map(({ facts }) => facts?.heldMs ?? 0);
  return [
    `${trials.length} captures`,
    `optimistic ${optimistic.length} (${count(({ facts }) => facts?.mode === "optimistic" && facts.tries === 1)} at once)`,
    `frozen ${frozen.length} (held ms median ${share(held, 0.5)}, p99 ${share(held, 0.99)}, max ${share(held, 1)})`,
    `cloned ${count(({ facts }) => facts?.cloned === true)}`,
    `took ms median ${share(
      trials.map(({ ms }) => ms),
      0.5,
    )}`,
    ...outcomes,
  ].join(", ");
}

/** The value that this share of them does not exceed. */
function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0);
}
