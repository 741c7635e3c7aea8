/** What retention keeps whatever the rules say, and when it refuses to remove anything. */
import { describe, expect, it } from "vitest";
import { kept, plan, point, spelledOut, within } from "../../test/fakes/retention-points.ts";

const LAST_ONE = { last: 1 };
const damaged = (text: string) => point(text, { verified: false });

describe("the minimum of verified points", () => {
  it("is one when the policy does not say", () => {
    const points = ["2026-11-17", "2026-11-18", damaged("2026-11-19"), damaged("2026-11-20")];
    expect(spelledOut({ points, policy: { last: 1 } })).toContain(
      "keep 2026-11-18: last 1 (1 of 1) among the verified, minimum verified (1 of 1)",
    );
  });

  it("keeps the newest verified ones, past those that are not", () => {
    const points = ["2026-11-16", "2026-11-17", damaged("2026-11-18"), "2026-11-19", damaged("2026-11-20")];
    expect(kept({ points, policy: { last: 1, minimum: 2 } })).toEqual([
      "2026-11-20",
      "2026-11-19",
      "2026-11-17",
    ]);
  });

  it("keeps everything while there are fewer", () => {
    const points = [damaged("2026-11-18"), "2026-11-19", damaged("2026-11-20")];
    expect(spelledOut({ points, policy: { last: 1, minimum: 2 } })).toContain(
      "keep 2026-11-18: only 1 of at least 2 verified points exist",
    );
  });

  it("does not count a point from the future", () => {
    const points = ["2026-11-18", "2026-11-19", "2026-11-25"];
    expect(kept({ points, policy: { last: 1, minimum: 2 }, now: "2026-11-20" })).toEqual(points.toReversed());
  });

  it("does not count a point whose chain is damaged or cut", () => {
    const points = [
      "2026-11-15",
      damaged("2026-11-16"),
      point("2026-11-17", { needs: ["2026-11-16"] }),
      point("2026-11-18", { needs: ["gone"] }),
      damaged("2026-11-20"),
    ];
    expect(kept({ points, policy: LAST_ONE })).toEqual(["2026-11-20", "2026-11-15"]);
  });

  it("may be none: only then may all that is left be damaged", () => {
    const points = [damaged("2026-11-19"), damaged("2026-11-20")];
    expect(kept({ points, policy: { last: 1, minimum: 0 } })).toEqual(["2026-11-20"]);
    expect(kept({ points, policy: { last: 1, minimum: 1 } })).toEqual(["2026-11-20", "2026-11-19"]);
  });
});

describe("a damaged point", () => {
  it("does not take the place of a good one of the same day", () => {
    const points = ["2026-11-18", "2026-11-19 03:00", damaged("2026-11-19 15:00"), "2026-11-20"];
    expect(kept({ points, policy: { daily: 2 } })).toEqual([
      "2026-11-20",
      "2026-11-19 15:00",
      "2026-11-19 03:00",
    ]);
  });

  it("does not use a count up", () => {
    const points = ["2026-11-18", "2026-11-19", damaged("2026-11-20")];
    expect(kept({ points, policy: { last: 2 } })).toEqual(["2026-11-20", "2026-11-19", "2026-11-18"]);
  });
});

describe("what no rule can remove", () => {
  it("is a pinned point, without counting for it", () => {
    const points = [point("2026-11-01", { pinned: true }), "2026-11-18", "2026-11-19", "2026-11-20"];
    expect(spelledOut({ points, policy: { last: 2 } })).toContain("keep 2026-11-01: pinned");
    expect(kept({ points, policy: { last: 2 } })).toEqual(["2026-11-20", "2026-11-19", "2026-11-01"]);
  });

  it("is a point that a restore reads", () => {
    const points = [point("2026-11-01", { inUse: true }), "2026-11-19", "2026-11-20"];
    expect(spelledOut({ points, policy: LAST_ONE })).toContain("keep 2026-11-01: in use by a restore");
  });

  it("is a point that a later one may need whose needs cannot be read", () => {
    const points = [point("2026-11-01", { mayBeNeededBy: "2026-11-02" }), "2026-11-19", "2026-11-20"];
    expect(spelledOut({ points, policy: LAST_ONE })).toContain(
      "keep 2026-11-01: perhaps needed by 2026-11-02, which cannot be read",
    );
  });

  it("is a point from the future, neither kept by a rule nor counted in one", () => {
    const points = ["2026-11-18", "2026-11-19", "2026-11-20", "2027-01-01"];
    expect(spelledOut({ points, policy: { last: 1, daily: 1 }, now: "2026-11-20" })).toEqual([
      "keep 2027-01-01: from the future",
      "keep 2026-11-20: newest, last 1 (1 of 1), daily 2026-11-20 (1 of 1), minimum verified (1 of 1)",
      "remove 2026-11-19: last 1 is used up, daily 1 is used up",
      "remove 2026-11-18: last 1 is used up, daily 1 is used up",
    ]);
  });

  it("is the newest that is not from the future, so that within counts from it", () => {
    const points = ["2026-11-18", "2026-11-19", "2026-11-20", "2027-01-01"];
    const policy = { within: within({ days: 2 }) };
    expect(kept({ points, policy, now: "2026-11-20" })).toEqual(["2027-01-01", "2026-11-20", "2026-11-19"]);
  });

  it("is anything that a kept point needs, through any number of points", () => {
    const points = [
      point("2026-11-16"),
      point("2026-11-17", { needs: ["2026-11-16"] }),
      point("2026-11-18", { needs: ["2026-11-17"] }),
      point("2026-11-19", { needs: ["2026-11-16"] }),
      point("2026-11-20", { needs: ["2026-11-18"] }),
    ];
    expect(spelledOut({ points, policy: LAST_ONE })).toEqual([
      "keep 2026-11-20: newest, last 1 (1 of 1), minimum verified (1 of 1)",
      "remove 2026-11-19: last 1 is used up",
      "keep 2026-11-18: needed by 2026-11-20",
      "keep 2026-11-17: needed by 2026-11-18",
      "keep 2026-11-16: needed by 2026-11-17",
    ]);
  });

  it("is what pinned points and points from the future need", () => {
    const points = [
      "2026-11-01",
      "2026-11-02",
      point("2026-11-03", { needs: ["2026-11-01"], pinned: true }),
      "2026-11-20",
      point("2027-01-01", { needs: ["2026-11-02"] }),
    ];
    expect(kept({ points, policy: LAST_ONE, now: "2026-11-20" })).toHaveLength(5);
  });

  it("names one dependant and counts the others", () => {
    const needs = ["2026-11-16"];
    const points = [
      "2026-11-16",
      ...["2026-11-17", "2026-11-18", "2026-11-19"].map((id) => point(id, { needs })),
    ];
    expect(spelledOut({ points, policy: { last: 3 } })).toContain(
      "keep 2026-11-16: needed by 2026-11-19 and 2 more",
    );
  });

  it("survives points that need one another or themselves", () => {
    const points = [
      point("2026-11-18", { needs: ["2026-11-19"] }),
      point("2026-11-19", { needs: ["2026-11-18", "2026-11-19"] }),
      "2026-11-20",
    ];
    expect(kept({ points, policy: LAST_ONE })).toEqual(["2026-11-20"]);
  });
});

describe("a plan is refused, and then removes nothing,", () => {
  const points = ["2026-11-18", "2026-11-19", "2026-11-20"];

  it.each([
    ["for a zone that is not known", { points, policy: LAST_ONE, timezone: "Europe/Prag" }, /Europe\/Prag/],
    ["for a time that is not known", { points, policy: LAST_ONE, now: "never" }, /the time is not known/],
    ["for a count below -1", { points, policy: { last: -2 } }, /last is -2/],
    ["for a count that is not whole", { points, policy: { daily: 1.5 } }, /daily is 1.5/],
    ["for a count that is not a number", { points, policy: { daily: NaN } }, /daily is NaN/],
    ["for a negative minimum", { points, policy: { last: 1, minimum: -1 } }, /minimum is -1/],
    ["for a negative length of time", { points, policy: { within: within({ days: -1 }) } }, /within is not/],
    ["for a point without a start", { points: [...points, point("x")], policy: LAST_ONE }, /the start of x/],
    [
      "for two points of one id",
      { points: [...points, point("2026-11-18", { startedAt: 7 })], policy: LAST_ONE },
      /two different points are called 2026-11-18/,
    ],
  ])("%s", (_, what, reason) => {
    const made = plan(what);
    expect(made.refusal).toMatch(reason);
    expect(made.decisions.filter(({ action }) => action !== "keep")).toEqual([]);
    expect(made.decisions[0]?.reasons).toEqual([`nothing is removed: ${made.refusal}`]);
  });
});
