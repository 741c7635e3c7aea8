import { describe, expect, it } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  neverBackedUp,
  runRecord,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../../test/fakes/status-fixture.ts";
import { largeScene, staleScene } from "../../../test/fakes/status-scenes.ts";
import type { StackStatus } from "../../app/read-status.ts";
import { HOUR } from "../../domain/instant.ts";
import { statusPage } from "./status-page.ts";
import { styleDigest } from "./style.ts";
import { createHash } from "node:crypto";

/** What a reader sees, without the markup. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

function headline(overrides: Partial<StackStatus>): string {
  return /<h1>(.*?)<\/h1>/s.exec(statusPage(stackStatus(overrides)))?.[1] ?? "";
}

const ALERT = {
  problem: {
    condition: "disk-low",
    store: "local",
    severity: "warning",
    title: "Store local has little space left",
    detail: "3 % are free.",
    next: "Run `holdfast prune`.",
  },
  since: STATUS_AT - 2 * HOUR,
} as const;

describe("the verdict", () => {
  it("is one line", () => {
    const job = (name: string, freshness: "fresh" | "late" | "stale" | "never") =>
      jobStatus({ name, freshness });
    expect(headline({})).toBe("The one job is fresh");
    expect(headline({ jobs: [job("a", "fresh"), job("b", "fresh")] })).toBe("All 2 jobs are fresh");
    expect(headline({ alerts: [ALERT] })).toBe("The one job is fresh, but 1 alert is firing");
    expect(headline({ jobs: [job("a", "fresh"), job("b", "late")] })).toBe(
      "1 of 2 jobs is not fresh: 1 late",
    );
    expect(headline({ jobs: [job("a", "never"), job("b", "stale"), job("c", "stale")] })).toBe(
      "3 of 3 jobs are not fresh: 1 without any backup, 2 stale",
    );
    expect(headline({ jobs: [] })).toBe("No jobs are configured");
  });

  it("shows in the title of the tab", () => {
    expect(statusPage(stackStatus())).toContain("<title>✓ analytics: The one job is fresh</title>");
  });
});

describe("the status page", () => {
  it("shows of each job its last run, its next, and its points in each store", () => {
    const stores = [
      jobStoreStatus(),
      jobStoreStatus({ store: "offsite", freshness: "stale", age: 61 * HOUR, points: 3 }),
      neverBackedUp("attic"),
    ];
    const lastRun = runRecord({ outcome: "failed", reason: "The mount is gone; run `ls`." });
    const text = textOf(
      statusPage(stackStatus({ jobs: [jobStatus({ freshness: "never", stores, lastRun })] })),
    );
    expect(text).toContain("data volume, 0 3 * * *");
    expect(text).toMatch(/✕ failed 9 h ago took 2 min The mount is gone; run ls ?\. in 15 h/);
    expect(text).toContain("local ✓ fresh 9 h ago 2.0 GB 5.0 GB in 1,234 files 14 oldest 14 d ago");
    expect(text).toMatch(/offsite ✕ stale 9 h ago the limit is 1 d 2 h .* 3 oldest/);
    expect(text).toContain("attic ✕ no backup – 0");
  });

  it("says of each time when exactly it is, in the job's zone and for machines", () => {
    const schedule = { expression: "0 4 * * *", timezone: "Europe/Prague" };
    expect(statusPage(stackStatus({ jobs: [jobStatus({ schedule })] }))).toContain(
      '<time datetime="2026-11-20T03:00:00Z" title="2026-11-20 04:00:00 Europe/Prague">9 h ago</time>',
    );
  });

  it("puts the worst job first", () => {
    const jobs = (["fresh", "never", "late", "stale"] as const).map((freshness) =>
      jobStatus({ name: `is-${freshness}`, freshness }),
    );
    const page = statusPage(stackStatus({ jobs }));
    expect([...page.matchAll(/id="job-is-(\w+)"/g)].map(([, name]) => name)).toEqual([
      "never",
      "stale",
      "late",
      "fresh",
    ]);
  });

  it("shows firing alerts with their next step, the critical ones first", () => {
    const critical = {
      ...ALERT,
      problem: { ...ALERT.problem, severity: "critical", title: "Gone" } as const,
    };
    const page = statusPage(stackStatus({ alerts: [ALERT, critical] }));
    expect(page.indexOf("Gone")).toBeLessThan(page.indexOf("Store local has little space left"));
    expect(page).toContain("<code>holdfast prune</code>");
    expect(textOf(page)).toContain("since 2 h ago");
    expect(textOf(statusPage(stackStatus()))).not.toContain("Alerts");
  });

  it("shows stores with their room, and why one is down", () => {
    const down = storeStatus({ name: "offsite", up: false, error: "No answer.", freeBytes: undefined });
    const text = textOf(statusPage(stackStatus({ stores: [storeStatus(), down] })));
    expect(text).toMatch(/local local ✓ up checked 1 min ago 60\.0 GB 60 % of 100 GB/);
    expect(text).toMatch(/offsite local ✕ unreachable No answer\. checked 1 min ago not known/);
  });

  it("says that a job runs, or has neither run nor a schedule", () => {
    const idle = jobStatus({ lastRun: undefined, recentRuns: [], schedule: undefined, nextRunAt: undefined });
    expect(textOf(statusPage(stackStatus({ jobs: [jobStatus({ running: true })] })))).toContain(
      "running now",
    );
    expect(textOf(statusPage(stackStatus({ jobs: [idle] })))).toMatch(
      /by hand Last 30 days: nothing was due never ran by hand/,
    );
  });

  it("lets nothing from outside become markup", () => {
    const evil = `"><img src=x onerror=alert(1)>'</td><script>`;
    const problem = { ...ALERT.problem, title: evil, detail: evil, next: `\`${evil}\`` };
    const page = statusPage({
      ...stackStatus({
        stack: evil,
        version: evil,
        stores: [storeStatus({ name: evil, kind: evil, up: false, error: evil })],
        alerts: [{ problem, since: STATUS_AT }],
        jobs: [
          jobStatus({
            name: evil,
            sourceKind: evil,
            schedule: { expression: evil, timezone: "UTC" },
            lastRun: runRecord({ outcome: "failed", reason: evil }),
            stores: [jobStoreStatus({ store: evil })],
          }),
        ],
      }),
    });
    expect(page).not.toMatch(/<img|<script>|onerror=alert\(1\)>/);
    expect(page.match(/&lt;img src=x/g)?.length).toBeGreaterThanOrEqual(10);
  });

  it("stays below 100 kB with 500 jobs, shown worst first over pages", () => {
    const { status, past } = largeScene();
    const pages = Array.from({ length: 20 }, (_, at) =>
      statusPage(status, { past, query: { find: "", page: at + 1 } }),
    );
    for (const page of pages) expect(Buffer.byteLength(page)).toBeLessThan(100_000);
    const names = pages.flatMap((page) => [...page.matchAll(/id="job-([^"]+)"/g)].map(([, name]) => name));
    expect([names.length, new Set(names).size]).toEqual([500, 500]);
    expect(names.slice(0, 2)).toEqual(["service-000-data", "service-005-data"]);
  });

  it("shows the days and the sizes of a job, in words too", () => {
    const { status, past } = staleScene();
    const page = statusPage(status, { past, query: { find: "data", page: 1 } });
    expect(page).toContain("<title>Last 30 days: 26 succeeded, 1 partial, 2 missed, 1 failed</title>");
    expect(page).toMatch(/<title>Size of the last \d+ points: from [\d.]+ GB to [\d.]+ GB<\/title>/);
  });

  it("needs nothing from elsewhere, and its one style sheet is the one allowed", () => {
    const page = statusPage(stackStatus());
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="live.js" defer>']);
    expect(page).not.toMatch(/<script[^>]*>[^<]|javascript:|(src|href)="(https?:)?\/\//);
    expect(page).not.toContain("style=");
    const [, sheet = ""] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    expect(styleDigest).toBe(`sha256-${createHash("sha256").update(sheet).digest("base64")}`);
  });
});
