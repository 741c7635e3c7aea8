/** A program that writes to its DuckDB database in one container, backed up from another one that has the volume read-only, or not at all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DuckdbStack } from "../../torture/duckdb-stack/duckdb-stack.ts";
import { measureBackup, shootBackup } from "../../torture/duckdb-stack/shoot-backup.ts";
import { JOBS, KEY } from "../../torture/duckdb-stack/stack-files.ts";
import { randomFrom } from "../../torture/moments.ts";
import { describeInLab } from "./in-lab.ts";

/** Who brings the writer back, in each place; `npm run torture -- --duckdb-stack N` does many more. */
const KILLS = [
  { job: "named", rescuer: "guard" },
  { job: "found", rescuer: "restarted sidecar" },
] as const;

const PLACES = [
  { where: "that the sidecar has mounted read-only", isMounted: true, load: "storm" },
  { where: "that only a container of its own has mounted", isMounted: false, load: "paced" },
] as const;

describeInLab("a DuckDB database that is written to all the time, in a volume", (lab) => {
  describe.each(PLACES)("$where", ({ isMounted, load }) => {
    const seed = Number(process.env["HOLDFAST_TEST_SEED"] ?? 1);
    const random = randomFrom(seed);
    const stack = new DuckdbStack(lab, { isMounted, load, seed });

    beforeAll(() => stack.up());

    afterAll(() => stack.remove());

    it.each(JOBS)("is right in every point of job %s, with all acknowledged commits", async (job) => {
      await stack.backUpAndCheck(job);
      await stack.untilWriterGoesOn();
    });

    it.each(["named", "found"] as const)(
      "has its writer paused for job %s, and nobody who only reads",
      async (job) => {
        const before = stack.pauses.pauses.length;
        await measureBackup(stack, job);
        const services = stack.pauses.pauses.slice(before).map(({ service }) => service);
        expect(new Set(services)).toEqual(new Set(["app"]));
        expect(await stack.isWriterPaused()).toBe(false);
      },
    );

    it.each(KILLS)(
      "never has its writer left paused by a Holdfast that is killed in job $job: the $rescuer sees to it",
      async ({ job, rescuer }) => {
        const { tookMs, pausedMs } = await measureBackup(stack, job);
        await shootBackup(stack, { job, rescuer, from: "start", afterMs: (0.3 + 0.7 * random()) * tookMs });
        await shootBackup(stack, { job, rescuer, from: "pause", afterMs: random() * pausedMs });
        await stack.backUpAndCheck(job);
      },
    );
  });

  describe("by its name, encrypted", () => {
    const stack = new DuckdbStack(lab, { isMounted: false, load: "encrypted", seed: 1 });

    beforeAll(() => stack.up());

    afterAll(() => stack.remove());

    it("is opened with its key, which the engine tells nobody", async () => {
      const containers = await stack.inspectedWhile(() => stack.backUpAndCheck("auto"));
      expect(await stack.captured("auto")).toMatchObject({ databaseStates: { duckdb: { sound: 1 } } });
      expect(containers.length).toBeGreaterThan(0);
      expect(containers.join()).toContain("capture-stream");
      expect(containers.join()).not.toContain(KEY);
    });
  });
});
