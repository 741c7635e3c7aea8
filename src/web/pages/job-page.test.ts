import { describe, expect, it } from "vitest";
import {
  catalogPoint,
  jobStatus,
  runRecord,
  stackStatus,
  STATUS_AT,
} from "../../../test/fakes/status-fixture.ts";
import { jobFacts, staleScene } from "../../../test/fakes/status-scenes.ts";
import { DAY } from "../../domain/instant.ts";
import { jobPage, type JobPageView } from "./job-page.ts";

function pageOf(changes: Partial<JobPageView> = {}): string {
  const scene = staleScene();
  const [job] = scene.status.jobs;
  if (job === undefined) throw new Error("there is a job");
  const view = { past: scene.past, ...jobFacts(scene), actions: undefined, filesOf: undefined };
  return jobPage(scene.status, job, { ...view, ...changes });
}

function textOf(page: string): string {
  return page
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("the page of a job", () => {
  it("says in one line how the job is, and why it is not fresh", () => {
    const text = textOf(pageOf());
    expect(text).toContain("data: stale local: the newest point is 2 d 13 h old, the limit is 1 d 2 h");
    expect(text).toContain("2026-11-20: failed, 1 failed 2026-11-19: missed");
  });

  it("shows each point once, with what keeps it in each store", () => {
    const text = textOf(pageOf());
    expect(text).toMatch(
      /20261117T\w+-\w+ full, 2 warnings .* local ✓ passed verify .* the newest point offsite/,
    );
    expect(text).toContain("goes with the next prune no rule keeps it");
  });

  it("says of a point that holds only what is recent that it does", () => {
    const point = catalogPoint(STATUS_AT);
    const capture = { ...point.record.capture, modifiedWithinMs: 30 * DAY };
    const recent = { ...point, record: { ...point.record, capture } };
    const text = textOf(pageOf({ past: () => ({ attempts: [], points: [recent], schedule: undefined }) }));
    expect(text).toMatch(/full, partial by design \(only files modified within 30 d\)/);
  });

  it("shows what went wrong in the last runs, and their log only to whom it may be shown", () => {
    expect(textOf(pageOf())).toContain("warn Reading &lt;uploads&gt;/a&amp;b.jpg");
    const strangers = textOf(pageOf({ logOf: undefined }));
    expect(strangers).not.toContain("a&amp;b.jpg");
    expect(strangers).toMatch(/✕ failed backup 9 h ago took 4 s, by schedule Backing up job data failed/);
  });

  it("says how much each point lacks and of which kind, and which files only to whom that may be told", () => {
    const text = textOf(pageOf());
    expect(text).toMatch(
      /Warnings 20261117T\w+-\w+ .*: 2 warnings \(1 changed, 1 unreadable\) uploads\/&lt;new&gt;\/a&amp;b.jpg changed while/,
    );
    expect(text).toContain("And those of 6 older points.");
    const strangers = textOf(pageOf({ logOf: undefined }));
    expect(strangers).toMatch(
      /2 warnings \(1 changed, 1 unreadable\) .* holdfast show &lt;point&gt; names the files/,
    );
    expect(strangers).not.toContain("private/key.pem");
  });

  it("stays below 100 kB however much there is to tell, and says where the rest is", () => {
    const long = "<".repeat(1000);
    const point = catalogPoint(STATUS_AT);
    const warnings = Array.from({ length: 1000 }, () => ({ ...point.record.warnings[0]!, message: long }));
    const points = Array.from({ length: 200 }, (_, at) =>
      ["local", "offsite", "elsewhere"].map((store) => {
        const one = catalogPoint(STATUS_AT - at * DAY, { store });
        return { ...one, record: { ...one.record, warnings, warningCount: 5000 } };
      }),
    ).flat();
    const runs = Array.from({ length: 20 }, (_, at) =>
      runRecord({
        ...{ id: String(at), outcome: "failed", reason: long.repeat(9) },
        stores: [{ store: "local", outcome: "failed", storedBytes: 0, error: long }],
      }),
    );
    const log = Array.from({ length: 60 }, () => ({ at: STATUS_AT, level: "warn" as const, text: long }));
    const page = pageOf({
      past: () => ({ attempts: [], points, schedule: undefined }),
      ...{ runs: () => runs, logOf: () => log },
    });
    expect(Buffer.byteLength(page)).toBeLessThan(100_000);
    const text = textOf(page);
    expect(text).toMatch(/And 49\d\d more: holdfast show \S+ names them/);
    expect(text).toMatch(/… \d+ lines more, in the log of the container/);
  });

  it("lets nothing from outside become markup", () => {
    const evil = `"><img src=x onerror=alert(1)>'`;
    const point = catalogPoint(STATUS_AT, { store: evil, id: evil });
    const job = jobStatus({ name: evil });
    const page = jobPage(stackStatus({ stack: evil, jobs: [job] }), job, {
      past: () => ({ attempts: [], points: [point], schedule: undefined }),
      runs: () => [],
      retention: () => new Map([[evil, [{ id: evil, startedAt: 0, action: "keep", reasons: [evil] }]]]),
      ...{ logOf: undefined, actions: undefined, filesOf: () => `x?${evil}` },
    });
    expect(page).not.toContain("<img");
    expect(page.match(/&lt;img src=x/g)?.length).toBeGreaterThanOrEqual(6);
  });
});
