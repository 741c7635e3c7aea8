import { expect, it } from "vitest";
import { databasesIn } from "./databases-in-point.ts";

const counted = (databaseStates: unknown) =>
  databasesIn({ capture: { databaseStates } }).map(({ kind, state, count }) => `${kind} ${state} ${count}`);

it("counts the databases of a point by kind and state, with 0 for a state that none is in", () => {
  expect(counted({ duckdb: { sound: 2, unverified: 1 } })).toEqual([
    ...["duckdb sound 2", "duckdb unverified 1", "duckdb unchecked 0"],
  ]);
});

it("tells of no kind, and no number, that is not one of ours", () => {
  for (const odd of [undefined, null, 7, "x", [], { mysql: { sound: 1 } }]) expect(counted(odd)).toEqual([]);
  expect(counted({ sqlite: { sound: -1, unverified: "1", unchecked: 0.5, other: 3 } })).toEqual([
    ...["sqlite sound 0", "sqlite unverified 0", "sqlite unchecked 0"],
  ]);
});
