/** Kills restores in place at random moments until there were as many as wanted, and tells what was met. */
import { momentOf, randomFrom } from "../moments.ts";
import { InPlaceRig, type InPlaceTrial } from "./in-place-rig.ts";

export interface InPlaceTorture {
  kills: number;
  seed: number;
  print: (line: string) => void;
}

/** Throws at the first thing that is not as it should be, naming the seed and the try. */
export async function tortureInPlace({
  kills: wanted,
  seed,
  print,
}: InPlaceTorture): Promise<InPlaceTrial[]> {
  const random = randomFrom(seed);
  const rig = new InPlaceRig(random);
  print(`seed ${seed}: ${wanted} kills of restores in place`);
  const trials: InPlaceTrial[] = [];
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  try {
    await rig.prepare();
    print(`a restore in place takes ${Math.round(rig.endsAfterMs)} ms and makes ${rig.changes} changes`);
    for (let tries = 0; trials.length < wanted; tries++) {
      // Mostly before one of its changes: those are few, and close together in time.
      const moment = momentOf(tries % 4 === 0 ? 0 : 1, rig, random);
      const trial = await rig.kill(moment).catch((cause: unknown) => {
        throw new Error(`seed ${seed}, try ${tries}, ${JSON.stringify(moment)}`, { cause });
      });
      if (trial !== undefined) trials.push(trial);
      if (trial !== undefined && trials.length % 10 === 0) print(`${trials.length} kills, ${seconds()} s`);
    }
    await rig.restoreWhole();
  } finally {
    rig.dispose();
  }
  const { unhurt, killedSettlings, backups } = rig.counts;
  print(`${trials.length} kills of restores in place in ${seconds()} s; ${unhurt} ended unhurt`);
  print(
    `killed: ${tally(trials, ({ stage }) => stage)}; settled to ${tally(trials, ({ isNew }) => (isNew ? "new" : "old"))}`,
  );
  print(`options: ${tally(trials, optionsOf)}`);
  print(`${killedSettlings} settlings were killed too, ${backups} were a backup's`);
  return trials;
}

function optionsOf({ args }: InPlaceTrial): string {
  return args.filter((arg) => ["--keep-old", "--delta", "--path"].includes(arg)).join(" ") || "none";
}

function tally(trials: readonly InPlaceTrial[], keyOf: (trial: InPlaceTrial) => string): string {
  const counts = new Map<string, number>();
  for (const trial of trials) counts.set(keyOf(trial), (counts.get(keyOf(trial)) ?? 0) + 1);
  return [...counts].map(([key, count]) => `${key} ${count}`).join(", ");
}
