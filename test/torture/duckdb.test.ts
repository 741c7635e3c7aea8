import { expect, it } from "vitest";

import { tortureDuckdb } from "./duckdb/torture-duckdb.ts";

const CAPTURES = 6;

it("captures DuckDB databases that are written to, and loses no commit (a sample: npm run torture -- --duckdb does more)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`npm run torture -- --seed ${seed} --duckdb ${CAPTURES}`);
  const print = (line: string) => console.info(line);

  const trials = await tortureDuckdb({ captures: CAPTURES, seed, loads: ["storm", "encrypted"], print });

  const outcomes = Object.values(trials).flatMap((of) => of.map(({ outcome }) => outcome));
  expect(outcomes).toEqual(Array.from({ length: CAPTURES }, () => "right"));
}, 180_000);
