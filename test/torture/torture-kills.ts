/** Kills runs at random moments and proves each time that nothing was lost. */
import { KillRig } from "./kill-rig.ts";
import { momentOf, operationOf, randomFrom } from "./moments.ts";

/** Throws when anything was. */
export async function tortureByKills({ wanted, seed }: { wanted: number; seed: number }): Promise<void> {
  const startedAt = performance.now();
  console.log(`seed ${seed}: ${wanted} kills`);

  const rig = new KillRig();
  const random = randomFrom(seed);
  const phases = new Map<string, number>();
  let [kills, tries, takenOver, listed] = [0, 0, 0, 0];
  try {
    await rig.prepare();
    console.log(
      `a backup takes ${Math.round(rig.backup.endsAfterMs)} ms, ${Math.round(rig.backup.beginsAfterMs)} ms of it before it touches a store, and makes ${rig.backup.changes} changes; a prune makes ${rig.prune.changes}`,
    );
    while (kills < wanted) {
      const operation = operationOf(tries);
      const moment = momentOf(tries++, rig[operation], random);
      const trial = await rig.kill(operation, moment).catch((cause: unknown) => {
        throw new Error(`seed ${seed}, try ${tries}, ${operation} ${JSON.stringify(moment)}`, { cause });
      });
      if (trial === undefined) continue;
      kills++;
      listed += trial.listed;
      phases.set(trial.phase, (phases.get(trial.phase) ?? 0) + 1);
      // By turns after one kill and after several, whose leftovers pile up.
      if (random() < 0.5) takenOver += await rig.recover();
      if (kills % 10 === 0)
        console.log(`${kills} kills, ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    takenOver += await rig.recover();
  } finally {
    rig.dispose();
  }

  console.log(
    `${kills} kills in ${Math.round((performance.now() - startedAt) / 1000)} s; ${tries - kills} runs ended unhurt`,
  );
  console.log(`killed during: ${[...phases].map(([phase, count]) => `${phase} ${count}`).join(", ")}`);
  console.log(
    `${takenOver} locks taken over at once; ${listed} listed points checked, ${rig.restored} points restored and compared`,
  );
}
