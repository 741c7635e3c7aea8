/** Carries out random chains by the thousand; the first one that goes wrong is made as small as it gets, and printed. */
import fc from "fast-check";

import { carryOut, chainCase } from "./chain-case.ts";

export interface ChainTorture {
  cases: number;
  seed: number;
  /** Of one case, as it was printed. */
  path: string | undefined;
}

/** Throws when a chain went wrong. */
export async function tortureChains({ cases, seed, path }: ChainTorture): Promise<void> {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const total = { cases: 0, points: 0, incrementals: 0, pruned: 0, restores: 0 };
  console.log(`seed ${seed}: ${cases} chains`);
  const property = fc.asyncProperty(chainCase, async (chain) => {
    const counts = await carryOut(chain);
    total.cases += 1;
    for (const name of ["points", "incrementals", "pruned", "restores"] as const) total[name] += counts[name];
    if (total.cases % 100 === 0) console.log(`${total.cases} chains, ${seconds()} s`);
  });
  const result = await fc.check(property, { seed, numRuns: cases, ...(path === undefined ? {} : { path }) });
  if (result.failed) {
    console.log(`counter-example: ${JSON.stringify(result.counterexample, null, 1)}`);
    console.log(`again: npm run torture -- --chains 1 --seed ${seed} --path ${result.counterexamplePath}`);
    throw new Error(`a chain went wrong after ${total.cases} good ones`, { cause: result.errorInstance });
  }
  console.log(
    `${total.cases} chains of ${total.points} points (${total.incrementals} incremental, ${total.pruned} pruned), ${total.restores} restores compared, in ${seconds()} s`,
  );
}
