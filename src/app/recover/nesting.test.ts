import { expect, it } from "vitest";
import { nestingOf, outerFirst } from "./nesting.ts";

const at = (job: string, of: string, below: string, kind: "volume" | "bind" = "volume") => ({
  ...{ job, of, below, kind },
});

it("counts what has to be restored before, by the place in the same volume or directory", () => {
  const data = [
    ...[at("inner", "data", "/a/b"), at("all", "data", ""), at("a", "data", "/a"), at("ab", "data", "/ab")],
    ...[at("other", "more", "/a"), at("same", "data", "/a"), at("host", "data", "/a/c", "bind")],
  ];
  expect(Object.fromEntries(nestingOf(data))).toEqual({
    ...{ all: 0, a: 1, same: 2, ab: 1, inner: 3 },
    ...{ other: 0, host: 0 },
  });
});

it("puts together what may be restored side by side, and what lies within others behind them", () => {
  const nesting = new Map([
    ["inner", 2],
    ["a", 1],
    ["all", 0],
  ]);
  const steps = ["inner", "other", "a", "all"].map((job) => ({ job }));
  expect(outerFirst(steps, nesting).map((group) => group.map(({ job }) => job))).toEqual([
    ["other", "all"],
    ["a"],
    ["inner"],
  ]);
});
