import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelOf, pointLabel, pointOfLabel, requestId, snapshotName } from "./names.ts";

const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^[a-z0-9_-]{1,63}$/;
/** What stacks, jobs and disks may be called, and what nobody calls them. */
const anyName = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,62}$/),
  fc.string({ minLength: 1, maxLength: 80 }),
);
const disk = fc.record({ zone: fc.constantFrom("europe-north1-a", "us-east1-b"), name: anyName });
const point = fc.record({
  stack: anyName,
  job: anyName,
  point: fc.constantFrom("20261120T030000Z-7f3a", "20261121T030000Z-0000"),
});

describe("a label", () => {
  it("is the name itself where it can be", () => {
    for (const name of ["analytics", "my-stack_2", "x".repeat(63)]) expect(labelOf(name)).toBe(name);
  });

  it("is valid whatever the name, and no two names have one", () => {
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        expect(labelOf(a)).toMatch(LABEL);
        expect(labelOf(a) === labelOf(b)).toBe(a === b);
        // Also where somebody calls a job by the label of another.
        if (labelOf(a) !== a) expect(labelOf(labelOf(a))).not.toBe(labelOf(a));
      }),
    );
  });

  it("of a point can be read again", () => {
    for (const id of ["20261120T030000Z-7f3a", "20261120T030000Z-0z9zabcd"]) {
      expect(pointLabel(id)).toMatch(LABEL);
      expect(pointOfLabel(pointLabel(id))).toBe(id);
    }
    expect(pointOfLabel("of-somebody")).toBeUndefined();
  });
});

describe("the name of a snapshot", () => {
  it("can be read", () => {
    const ours = { stack: "analytics", job: "data.disk", point: "20261120T030000Z-7f3a" };
    const name = snapshotName(ours, { zone: "europe-north1-a", name: "data" });
    expect(name).toMatch(/^hf-analytics-data-disk-data-20261120t030000z-7f3a-[0-9a-f]{8}$/);
  });

  it("is valid, and another one for another intention", () => {
    fc.assert(
      fc.property(point, disk, point, disk, (a, diskA, b, diskB) => {
        const [first, second] = [snapshotName(a, diskA), snapshotName(b, diskB)];
        expect(first).toMatch(NAME);
        expect(first === second).toBe(JSON.stringify([a, diskA]) === JSON.stringify([b, diskB]));
      }),
    );
  });
});

it("a request id is a UUID, the same for the same parts and no others", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(requestId("snapshot", "a", "b")).toMatch(uuid);
  expect(requestId("snapshot", "a", "b")).toBe(requestId("snapshot", "a", "b"));
  expect(requestId("snapshot", "a", "b")).not.toBe(requestId("snapshot", "ab", ""));
});
