import { describe, expect, it } from "vitest";
import { hasCode, retained } from "./errors.ts";

describe("what a store keeps", () => {
  it("is said with the time until when, which the error carries, and is no reason to try again", () => {
    const until = Date.parse("2026-12-24T18:00:00Z");
    const error = retained("Deleting offsite:stack/object", { until });
    expect(error.message).toBe(
      "Deleting offsite:stack/object failed: kept by the store until 2026-12-24T18:00:00.000Z.",
    );
    expect(hasCode(error, "retained")).toBe(true);
    expect(error.facts.until).toBe(until);
    expect(error.transient).toBe(false);
  });

  it("may be kept for as long as a hold is on it, which nobody knows", () => {
    const error = retained("Deleting offsite:stack/object", {});
    expect(error.message).toMatch(/kept by the store under a hold\.$/);
    expect(error.facts).not.toHaveProperty("until");
  });
});
