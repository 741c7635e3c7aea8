import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { findPoint } from "./find-point.ts";

const STARTS = ["2026-11-18T03:00:00Z", "2026-11-19T03:00:00Z", "2026-11-20T03:00:00Z"];
const IDS = ["20261118T030000Z-7f3a", "20261119T030000Z-7f3a", "20261120T030000Z-7f3a"];

async function threePoints() {
  const store = new MemoryStore({ name: "local", clock: new FakeClock() });
  for (const start of STARTS) await putPoint(store, start);
  return (await new Catalog().listPoints(store, { stack: "stack" })).points;
}

describe("finding a point", () => {
  it("takes the newest, or the one of an id or of the beginning of an id", async () => {
    const points = await threePoints();
    expect(findPoint(points, { newest: true }).id).toBe(IDS[2]);
    expect(findPoint(points, { id: IDS[1] ?? "" }).id).toBe(IDS[1]);
    expect(findPoint(points, { id: "20261118" }).id).toBe(IDS[0]);
  });

  it("takes the newest that was started at or before a time", async () => {
    const points = await threePoints();
    const at = (time: string) => findPoint(points, { at: Date.parse(time) }).id;
    expect(at("2026-11-19T03:00:00Z")).toBe(IDS[1]);
    expect(at("2026-11-20T02:59:59.999Z")).toBe(IDS[1]);
    expect(at("2030-01-01T00:00:00Z")).toBe(IDS[2]);
  });

  it("names the nearest when there is none", async () => {
    const points = await threePoints();
    expect(() => findPoint(points, { id: "20261119T040000Z-0000" })).toThrow(
      `Finding recovery point 20261119T040000Z-0000 failed: there is no such point; the nearest is ${IDS[1]}.`,
    );
    expect(() => findPoint(points, { at: Date.parse("2026-11-01T00:00:00Z") })).toThrow(
      `there is none so old; the oldest is ${IDS[0]}, started at 2026-11-18T03:00:00.000Z.`,
    );
    expect(() => findPoint([], { newest: true })).toThrow("there is none");
  });

  it("does not choose among several that begin so", async () => {
    const points = await threePoints();
    expect(() => findPoint(points, { id: "202611" })).toThrow(
      `3 points begin so: ${IDS[2]}, ${IDS[1]}, ${IDS[0]}`,
    );
  });
});
