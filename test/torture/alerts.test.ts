import fc from "fast-check";
import { expect, it } from "vitest";
import { openMemoryState } from "../../src/state/sqlite-state.ts";
import { soak } from "./alerts/alert-soak.ts";
import { seededRandom } from "./alerts/seeded-random.ts";

/** `npm run torture -- --alerts 90` does it for 200 jobs. */
it("simulated weeks of alerts lose, double and keep none, whatever fails or is killed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
      const report = await soak({ days: 14, jobs: 15, random: seededRandom(seed), disk: openMemoryState() });
      expect(report.alerts).toBeGreaterThan(10);
      expect(report.notes).toBeGreaterThan(10);
      expect(report.sends).toBeGreaterThan(10);
    }),
    { numRuns: 3 },
  );
});
