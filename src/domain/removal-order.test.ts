import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { point } from "../../test/fakes/retention-points.ts";
import { removalOrder } from "./removal-order.ts";

const ids = (points: readonly { id: string }[]) =>
  removalOrder(points.map((p) => point(p.id, p))).map(({ id }) => id);

describe("the order of removal", () => {
  it("is newest first", () => {
    expect(ids([point("2026-11-18"), point("2026-11-20"), point("2026-11-19")])).toEqual([
      "2026-11-20",
      "2026-11-19",
      "2026-11-18",
    ]);
  });

  it("puts a point before the one it needs, although that one looks newer", () => {
    const backwards = [
      point("2026-11-18", { needs: ["2026-11-20"] }),
      point("2026-11-20"),
      point("2026-11-19"),
    ];
    expect(ids(backwards)).toEqual(["2026-11-19", "2026-11-18", "2026-11-20"]);
  });

  it("holds every point, also those that need one another in a circle", () => {
    const circle = [
      point("2026-11-18", { needs: ["2026-11-19"] }),
      point("2026-11-19", { needs: ["2026-11-18"] }),
    ];
    expect(ids(circle)).toEqual(["2026-11-19", "2026-11-18"]);
  });

  it("leaves at no moment a point without one that it needs", () => {
    const graphs = fc.array(fc.array(fc.nat(19), { maxLength: 3 }), { maxLength: 20 }).map((needs) =>
      needs.map((needed, index) =>
        point(`2026-11-${String(20 - index).padStart(2, "0")}`, {
          startedAt: (index * 7919) % 13,
          needs: needed
            .filter((other) => other > index)
            .map((other) => `2026-11-${String(20 - other).padStart(2, "0")}`),
        }),
      ),
    );
    fc.assert(
      fc.property(graphs, (points) => {
        const position = new Map(removalOrder(points).map(({ id }, index) => [id, index]));
        expect(position.size).toBe(points.length);
        for (const { id, needs } of points)
          for (const needed of needs)
            if (position.has(needed)) expect(position.get(id)).toBeLessThan(position.get(needed) ?? -1);
      }),
      { numRuns: 200 },
    );
  });
});
