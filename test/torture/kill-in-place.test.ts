import { expect, it } from "vitest";

import { tortureInPlace } from "./in-place/torture-in-place.ts";

const KILLS = 5;

it("leaves the old or the new source and nothing else, whenever a restore in place is killed (a sample: npm run torture does more)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --in-place ${KILLS}`);
  const trials = await tortureInPlace({ kills: KILLS, seed, print: () => undefined });
  expect(trials).toHaveLength(KILLS);
}, 300_000);
