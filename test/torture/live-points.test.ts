import { expect, it } from "vitest";

import { tortureLivePoints } from "./live-points/torture-live-points.ts";

const POINTS = 4;

it("backs up databases that are written to, and restores a right state from each point (a sample: npm run torture -- --live-points does more)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --live-points ${POINTS}`);
  const print = (line: string) => console.info(line);

  const trials = await tortureLivePoints({
    ...{ points: POINTS, seed, print },
    subjects: ["flat", "sqlite-wal"],
  });

  const outcomes = Object.values(trials).flatMap((of) => of.map(({ outcome }) => outcome));
  expect(outcomes).toEqual(Array.from({ length: POINTS }, () => "right"));
}, 180_000);
