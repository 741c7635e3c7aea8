/** Stacks as a person meets them on the status page: all is well, something is wrong, nothing is there, there is very much. */
import type { JobPast } from "../../src/web/context.ts";
import type { StackStatus } from "../../src/app/read-status.ts";
import { DAY, HOUR, MINUTE, SECOND, type Instant } from "../../src/domain/instant.ts";
import type { Attempt } from "../../src/domain/timeline.ts";
import { every } from "./schedules.ts";
import {
  catalogPoint,
  jobStatus,
  jobStoreStatus,
  neverBackedUp,
  runRecord,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "./status-fixture.ts";

export interface Scene {
  status: StackStatus;
  past: (job: string, since: Instant) => JobPast;
}

const STORES = [
  storeStatus(),
  storeStatus({ name: "offsite", kind: "gcs", freeBytes: undefined, totalBytes: undefined }),
];
const inBoth = () => [jobStoreStatus(), jobStoreStatus({ store: "offsite", points: 31 })];

/** A run a day; `odd` says which day of the last thirty, counted back from today, came to something else. */
function past(odd: Readonly<Record<number, Attempt["outcome"] | "none">>, grows = 1.01): Scene["past"] {
  const days = Array.from({ length: 30 }, (_, at) => at);
  const attempts = days.flatMap((at) => {
    const outcome = odd[at] ?? "succeeded";
    return outcome === "none" ? [] : [{ startedAt: STATUS_AT - 9 * HOUR - at * DAY, outcome }];
  });
  const made = days.slice(0, 14).filter((at) => odd[at] !== "failed" && odd[at] !== "none");
  const points = made.flatMap((at) =>
    ["local", "offsite"].map((store) => {
      const point = catalogPoint(STATUS_AT - 9 * HOUR - at * DAY, { store });
      const sourceBytes = 5e9 / grows ** at;
      return {
        ...point,
        record: {
          ...point.record,
          totals: { ...point.record.totals, files: 1234, sourceBytes, storedBytes: sourceBytes * 0.4 },
        },
      };
    }),
  );
  return () => ({ attempts, points, schedule: every(DAY) });
}

export function freshScene(): Scene {
  const jobs = [
    jobStatus({ stores: inBoth() }),
    jobStatus({
      name: "users",
      sourceKind: "postgres",
      stores: inBoth(),
      schedule: { expression: "0 */6 * * *", timezone: "Europe/Prague" },
      running: true,
    }),
    jobStatus({ name: "uploads", stores: inBoth(), rto: undefined }),
  ];
  return {
    status: stackStatus({ jobs, stores: STORES, unprotectedVolumes: [] }),
    past: past({ 4: "partial", 17: "failed" }),
  };
}

/** Fresh, and yet only what was modified lately. */
function recentInStore(): ReturnType<typeof jobStoreStatus> {
  const inStore = jobStoreStatus();
  return {
    ...inStore,
    newest: inStore.newest && { ...inStore.newest, modifiedWithinSeconds: (30 * DAY) / SECOND },
  };
}

const WHY = "Backing up job data failed: the mount /source/data is gone; run `docker compose up -d` again.";

export function staleScene(): Scene {
  const stale = jobStatus({
    ...{ freshness: "stale", rpo: 61 * HOUR, nextRunAt: STATUS_AT + 15 * HOUR },
    lastRun: runRecord({ outcome: "failed", reason: WHY, durationMs: 4000 }),
    stores: [
      jobStoreStatus({ freshness: "stale", age: 61 * HOUR }),
      { ...neverBackedUp("offsite"), freshness: "unknown", points: undefined },
    ],
  });
  const late = jobStatus({
    name: "a-job-whose-name-is-as-long-as-the-config-takes-it-and-goes-on-without-a-break",
    ...{ freshness: "late", stores: [jobStoreStatus({ freshness: "late" }), neverBackedUp("offsite")] },
    lastRun: runRecord({ outcome: "partial", reason: "3 files could not be read.", warningCount: 3 }),
  });
  const down = storeStatus({
    ...{ name: "offsite", kind: "gcs", up: false, freeBytes: undefined },
    error:
      "Listing gs://acme-backups/analytics failed: connect ETIMEDOUT 142.250.74.91:443; check the network.",
  });
  const problem = {
    condition: "stale",
    severity: "critical",
    ...{ job: "data", store: "local" },
    title: "Backup of data is stale in local",
    detail: "The newest good point is 2 d 13 h old, the limit is 1 d 2 h. 5.0 GB are at risk.",
    next: "Run `holdfast backup data` and read what it says.",
  } as const;
  const warning = {
    condition: "disk-low",
    severity: "warning",
    store: "local",
    ...{ title: "Store local has little space left", detail: "3 % are free.", next: "Run `holdfast prune`." },
  } as const;
  return {
    status: stackStatus({
      jobs: [stale, late, jobStatus({ name: "uploads", stores: [recentInStore()] })],
      stores: [storeStatus({ freeBytes: 3e9 }), down],
      alerts: [
        { problem, since: STATUS_AT - 35 * HOUR },
        { problem: warning, since: STATUS_AT - 20 * MINUTE },
      ],
      problems: [
        {
          ...{ job: "data", store: "local", id: "20261110T030000Z-7f3a", kind: "incomplete" },
          message:
            "Reading recovery point local:analytics/data/20261110T030000Z-7f3a failed: archive.tar.zst is missing.",
        },
      ],
      unprotectedVolumes: ["cache", "grafana_data"],
      silences: [
        {
          ...{ id: "s", job: "uploads", since: STATUS_AT - HOUR, until: STATUS_AT + 2 * HOUR },
          ...{ reason: "moving the volume to its new disk", actor: "root@host" },
        },
      ],
    }),
    past: past({ 0: "failed", 1: "none", 2: "none", 9: "partial" }, 0.93),
  };
}

export function emptyScene(): Scene {
  const status = stackStatus({ jobs: [], stores: [], unprotectedVolumes: [] });
  return { status, past: () => ({ attempts: [], points: [], schedule: undefined }) };
}

/** What the page of a job shows besides: each rule of retention, each kind of run, a log. */
export function jobFacts(scene: Scene) {
  const retention = new Map(
    ["local", "offsite"].map((store) => [
      store,
      scene
        .past("data", 0)
        .points.filter((point) => point.store === store)
        .map(({ id, startedAt }, at) => ({
          ...{ id, startedAt },
          action: at < 7 ? ("keep" as const) : ("remove" as const),
          reasons: [
            at === 0 ? "the newest point" : at < 7 ? `daily: the newest of its day` : "no rule keeps it",
          ],
        })),
    ]),
  );
  const runs = [
    runRecord({ id: "1", outcome: "failed", reason: WHY, durationMs: 4000 }),
    runRecord({ id: "2", operation: "verify", startedAt: STATUS_AT - 20 * HOUR }),
    runRecord({ id: "3", outcome: "partial", reason: "3 files could not be read.", warningCount: 3 }),
  ];
  const log = [
    { at: STATUS_AT - 9 * HOUR, level: "info" as const, text: "backup started" },
    {
      at: STATUS_AT - 9 * HOUR + 3000,
      level: "warn" as const,
      text: `Reading <uploads>/a&b.jpg: ${"x".repeat(200)}`,
    },
    { at: STATUS_AT - 9 * HOUR + 4000, level: "error" as const, text: WHY },
  ];
  return { retention: () => retention, runs: () => runs, logOf: (run: string) => (run === "1" ? log : []) };
}

/** 500 jobs in two stores each, a fifth of them not well, and an alert for each of those. */
export function largeScene(): Scene {
  const jobs = Array.from({ length: 500 }, (_, at) => {
    const name = `service-${String(at).padStart(3, "0")}-data`;
    if (at % 5 !== 0) return jobStatus({ name, stores: inBoth() });
    const lastRun = runRecord({ outcome: "failed", reason: WHY });
    return jobStatus({
      ...{ name, freshness: "stale", lastRun, rpo: 61 * HOUR },
      stores: inBoth().map((store) => ({ ...store, freshness: "stale" as const, age: 61 * HOUR })),
    });
  });
  const alerts = jobs
    .filter(({ freshness }) => freshness === "stale")
    .map(({ name }) => ({
      problem: {
        condition: "stale",
        severity: "critical",
        ...{ job: name, store: "local" },
        title: `Backup of ${name} is stale in local`,
        detail: "The newest good point is 2 d 13 h old, the limit is 1 d 2 h.",
        next: `Run \`holdfast backup ${name}\`.`,
      } as const,
      since: STATUS_AT - 5 * HOUR,
    }));
  return {
    status: stackStatus({ jobs, stores: STORES, alerts }),
    past: past({ 3: "partial", 8: "none", 20: "failed" }),
  };
}
