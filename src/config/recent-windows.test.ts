import { expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { redactedConfig } from "./show.ts";
import { recentWindowWarnings } from "./recent-windows.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

const load = (modifiedWithin: string, schedule: string) =>
  loadYaml(`
    jobs: { runs: { source: { kind: volume, path: /runs, modifiedWithin: ${modifiedWithin} }, schedule: "${schedule}" } }`);

it("warns of a window that is no longer than the time between two runs, and of no other", async () => {
  expect(recentWindowWarnings(await load("1d", "0 3 * * *"), NOW)).toEqual([
    "Job runs takes what was modified within 1d, and up to 1 d pass between its runs: what is modified meanwhile may get into no point. Make `modifiedWithin` a few times as long, or let it run more often.",
  ]);
  expect(recentWindowWarnings(await load("2d", "0 3 * * 1-5"), NOW)).toHaveLength(1);
  expect(recentWindowWarnings(await load("2d", "0 3 * * *"), NOW)).toEqual([]);
  expect(recentWindowWarnings(await load("1h", "manual"), NOW)).toEqual([]);
});

it("is shown as it was written, and refused where it is no length of time", async () => {
  const shown = redactedConfig(await load("30d", "manual")) as { jobs: { runs: { source: object } } };
  expect(shown.jobs.runs.source).toMatchObject({ modifiedWithin: "30d" });
  for (const wrong of ["0", "soon", "30"])
    await expect(load(wrong, "manual")).rejects.toThrow("modifiedWithin");
});
