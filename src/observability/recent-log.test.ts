import { expect, it } from "vitest";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { RecentLog } from "./recent-log.ts";

function logOf(secrets: string[] = []) {
  let now = 0;
  const log = new RecentLog({ now: () => ++now });
  return { log, observer: log.observer(secrets) };
}
const run = (id: string) => ({ id, job: "data", operation: "backup" as const, startedAt: 0 });

it("remembers what was told of a run, a phase once, and no secret", () => {
  const { log, observer } = logOf(["hunter2-hunter2"]);
  observer.runStarted?.(run("1"));
  for (const files of [1, 2, 3])
    observer.runProgress?.(run("1"), { phase: "archiving", files, bytes: files });
  observer.runWarned?.(run("1"), "postgres://app:hunter2-hunter2@db does not answer");
  observer.runFinished?.(runRecord({ id: "1", outcome: "failed" }), new Error("It broke."));
  expect(log.of("1").map(({ level, text }) => `${level} ${text}`)).toEqual([
    "info backup started",
    "info archiving",
    "warn postgres://app:[redacted]@db does not answer",
    "error backup failed: It broke.",
  ]);
  expect(log.of("2")).toEqual([]);
});

it("is bounded in runs and in lines, and keeps the end", () => {
  const { log, observer } = logOf();
  for (let id = 0; id < 1500; id++) observer.runStarted?.(run(String(id)));
  expect([log.of("0").length, log.of("1499").length]).toEqual([0, 1]);
  for (let line = 0; line < 500; line++)
    observer.runWarned?.(run("1499"), `line ${line} ${"x".repeat(5000)}`);
  const lines = log.of("1499");
  expect(lines.length).toBeLessThanOrEqual(60);
  expect([lines[0]?.text, lines.at(-1)?.text.slice(0, 8)]).toEqual(["backup started", "line 499"]);
  expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(1000);
});
