import { describe, expect, it } from "vitest";
import { recordingLog } from "../../test/fakes/recording-log.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { HoldfastError } from "../domain/errors.ts";
import { OUTCOMES } from "../domain/run.ts";
import type { LogLevel } from "./logger.ts";
import { logRuns } from "./log-runs.ts";

const RUN = { id: "r1", job: "data", operation: "backup" as const };

function observed(level: LogLevel = "info") {
  const log = recordingLog({ level });
  return { observer: logRuns(log.logger), log };
}

describe("the log of runs", () => {
  it("has a line for the start and one for the end, with run and job on both", () => {
    const { observer, log } = observed();
    observer.runStarted?.({ ...RUN, startedAt: 0 });
    observer.runProgress?.(RUN, { phase: "archiving", files: 1, bytes: 1 });
    observer.runFinished?.(runRecord({ id: "r1" }));
    expect(log.lines()).toMatchObject([
      { level: "info", run: "r1", job: "data", msg: "Backup of data started" },
      {
        level: "info",
        run: "r1",
        job: "data",
        phase: "archiving",
        msg: "Backup of data succeeded in 2 min: 1234 files, 5.0 GB",
        outcome: "succeeded",
        point: "20261120T030000Z-7f3a",
      },
    ]);
  });

  it("logs progress once a phase, and only when debugging", () => {
    const { observer, log } = observed("debug");
    for (const phase of ["archiving", "archiving", "reading back", "reading back"]) {
      observer.runProgress?.(RUN, { phase, files: 1, bytes: 1 });
    }
    expect(log.lines().map(({ msg }) => msg)).toEqual([
      "Backup of data is archiving",
      "Backup of data is reading back",
    ]);
  });

  it.each([
    ["succeeded", "info"],
    ["partial", "warn"],
    ["failed", "error"],
    ["cancelled", "warn"],
    ["skipped", "info"],
  ] as const)("ends a run that %s at level %s", (outcome, level) => {
    const { observer, log } = observed();
    observer.runFinished?.(runRecord({ outcome, reason: "because" }));
    expect(log.lines()).toMatchObject([{ level, outcome }]);
  });

  it("says why whenever a run did not succeed", () => {
    for (const outcome of OUTCOMES.filter((each) => each !== "succeeded")) {
      const { observer, log } = observed();
      observer.runFinished?.(runRecord({ outcome, reason: "the source is empty" }));
      expect(log.text()).toContain("the source is empty");
    }
  });

  it("logs a failed run's error once, its causes only when debugging", () => {
    const error = new HoldfastError("source", {
      what: "Backing up job data",
      why: "the source is empty",
      cause: new Error("ENOENT"),
    });
    for (const [level, causes] of [
      ["info", undefined],
      ["debug", ["ENOENT"]],
    ] as const) {
      const { observer, log } = observed(level);
      observer.runFinished?.(runRecord({ outcome: "failed", reason: error.message }), error);
      expect(log.lines()).toHaveLength(1);
      expect(log.lines()[0]).toMatchObject({ level: "error", msg: error.message, code: "source" });
      expect(log.lines()[0]?.["causes"]).toEqual(causes);
    }
  });

  it("logs each warning, and what was pruned, unless nothing was", () => {
    const { observer, log } = observed();
    observer.runWarned?.(RUN, "a.log grew while it was read");
    observer.pointsPruned?.({ job: "data", store: "local", points: ["p1", "p2"] });
    observer.pointsPruned?.({ job: "data", store: "local", points: [] });
    expect(log.lines()).toMatchObject([
      { level: "warn", run: "r1", msg: "a.log grew while it was read" },
      { level: "info", store: "local", points: ["p1", "p2"], msg: "Pruned 2 points of data in local" },
    ]);
  });
});
