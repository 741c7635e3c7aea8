/** Many sequences of work with a Compute Engine that fails at random, each from a seed of its own. */
import { tortureGceCase } from "./gce-case.ts";

export async function tortureGce({
  cases,
  seed,
  print,
}: {
  cases: number;
  seed: number;
  print: (line: string) => void;
}): Promise<void> {
  let [faults, succeeded, failed] = [0, 0, 0];
  for (let at = 0; at < cases; at++) {
    try {
      const tally = await tortureGceCase(seed + at);
      faults += tally.faults;
      succeeded += tally.succeeded;
      failed += tally.failed;
    } catch (error) {
      throw new Error(`npm run torture -- --seed ${seed + at} --gce 1 breaks it`, { cause: error });
    }
    if ((at + 1) % 100 === 0) print(`${at + 1} sequences, ${faults} faults`);
  }
  print(
    `seed ${seed}: ${cases} sequences with ${faults} faults; ${succeeded} steps succeeded, ${failed} failed with a sentence`,
  );
}
