/** The second look at a plan, given plans that no correct planner makes. */
import { describe, expect, it } from "vitest";
import { instant, point } from "../../test/fakes/retention-points.ts";
import { whyUnsafe } from "./retention-safety.ts";
import type { RetentionDecision, RetentionPoint, RetentionPolicy } from "./retention.ts";

const NOW = instant("2026-11-21");

function look(points: RetentionPoint[], removed: string[], policy: RetentionPolicy = { last: 1 }) {
  const decisions = points.map(({ id, startedAt }): RetentionDecision => {
    return { id, startedAt, action: removed.includes(id) ? "remove" : "keep", reasons: [] };
  });
  return whyUnsafe(points, decisions, { policy, now: NOW });
}

describe("the second look at a plan", () => {
  const [old, middle, newest] = [point("2026-11-18"), point("2026-11-19"), point("2026-11-20")];

  it("lets a sound plan pass", () => {
    expect(look([newest, middle, old], [old.id, middle.id])).toBeUndefined();
    expect(look([], [])).toBeUndefined();
  });

  it("refuses to remove everything", () => {
    expect(look([newest, old], [newest.id, old.id])).toBe("it would remove all 2 points");
  });

  it("refuses to remove the newest, also below one from the future", () => {
    expect(look([newest, old], [newest.id])).toMatch(/the newest point, 2026-11-20/);
    expect(look([point("2027-01-01"), newest, old], [newest.id])).toMatch(/the newest point, 2026-11-20/);
  });

  it("refuses to remove what is held: pinned, in use, perhaps needed, or from the future", () => {
    expect(look([newest, { ...old, pinned: true }], [old.id])).toMatch(/2026-11-18, which is pinned/);
    expect(look([newest, { ...old, inUse: true }], [old.id])).toMatch(/2026-11-18, which is in use/);
    expect(look([newest, { ...old, mayBeNeededBy: "x" }], [old.id])).toMatch(/2026-11-18, which x may need/);
    expect(look([newest, point("2027-01-01")], ["2027-01-01"])).toMatch(/which is from the future/);
  });

  it("refuses to remove what a kept point needs", () => {
    expect(look([{ ...newest, needs: [old.id] }, middle, old], [old.id])).toBe(
      "it would remove 2026-11-18, which 2026-11-20 needs",
    );
  });

  it("refuses to leave fewer verified points than the minimum", () => {
    const unverified = { ...newest, verified: false };
    expect(look([unverified, middle, old], [old.id], { last: 1, minimum: 2 })).toBe(
      "it would leave 1 of 2 verified points, fewer than the minimum of 2",
    );
    expect(look([unverified, middle, old], [old.id, middle.id])).toMatch(/leave 0 of 2/);
    expect(look([unverified, middle, old], [old.id, middle.id], { minimum: 0 })).toBeUndefined();
  });
});
