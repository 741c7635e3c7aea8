/** Backs up databases under every load, restores every point, and tells the figures of each load. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { randomFrom } from "../moments.ts";
import { LivePointsRig, type PointTrial } from "./live-points-rig.ts";
import { SUBJECTS, type SubjectName } from "./live-subject.ts";

export interface LivePointsTorture {
  points: number;
  seed: number;
  /** Where the volume, the store and the copies are; default: the machine's temporary directory. */
  directory?: string | undefined;
  subjects?: readonly SubjectName[];
  print: (line: string) => void;
}

const LONGEST_BREAK_MS = 300;

/** Throws at the end when a point was not what it must be. Points that did not come about are told, with the reason. */
export async function tortureLivePoints(torture: LivePointsTorture): Promise<Record<string, PointTrial[]>> {
  const { points, seed, directory = tmpdir(), subjects = SUBJECTS, print } = torture;
  const random = randomFrom(seed);
  print(`seed ${seed}: ${points} points of volumes with live databases in ${directory}`);
  const root = mkdtempSync(join(directory, "holdfast-points-"));
  const all: Record<string, PointTrial[]> = {};
  try {
    for (const [at, name] of subjects.entries()) {
      const count =
        Math.floor(((at + 1) * points) / subjects.length) - Math.floor((at * points) / subjects.length);
      all[name] = await tortureSubject(join(root, name), name, { count, random });
      print(`${name}: ${figuresOf(all[name])}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const wrong = Object.values(all).flatMap((trials) => trials.filter(({ outcome }) => outcome === "wrong"));
  if (wrong.length > 0) throw new Error(`seed ${seed}: ${wrong.map(({ why }) => why).join("\n")}`);
  return all;
}

async function tortureSubject(
  directory: string,
  name: SubjectName,
  { count, random }: { count: number; random: () => number },
): Promise<PointTrial[]> {
  const rig = await LivePointsRig.start(directory, name, Math.floor(random() * 2 ** 31));
  const trials: PointTrial[] = [];
  try {
    for (let at = 0; at < count; at++) {
      await delay(random() * LONGEST_BREAK_MS);
      trials.push(await rig.trial());
    }
  } finally {
    await rig.end();
  }
  return trials;
}

function figuresOf(trials: readonly PointTrial[]): string {
  const count = (has: (trial: PointTrial) => boolean) => trials.filter(has).length;
  const held = trials.flatMap(({ record }) => (record?.mode === "frozen" ? (record.heldMs ?? 0) : []));
  const failures = new Set(trials.flatMap(({ outcome, why }) => (outcome === "failed" ? (why ?? "") : [])));
  return [
    `${trials.length} points (${count(({ kind }) => kind === "incremental")} incremental)`,
    `optimistic ${count(({ record }) => record?.mode === "optimistic")}`,
    `frozen ${held.length} (held ms median ${share(held, 0.5)}, p99 ${share(held, 0.99)}, max ${share(held, 1)})`,
    `a backup took ms median ${share(
      trials.map(({ ms }) => ms),
      0.5,
    )}`,
    `wrong ${count(({ outcome }) => outcome === "wrong")}`,
    `failed ${count(({ outcome }) => outcome === "failed")}${[...failures].map((why) => `\n  ${why}`).join("")}`,
  ].join(", ");
}

/** The value that this share of them does not exceed. */
function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0);
}
