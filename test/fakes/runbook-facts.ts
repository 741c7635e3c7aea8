/** A stack of each kind of job, with a store here and one away that cannot be deleted from. */
import type { RunbookFacts, RunbookJob } from "../../src/app/runbook/facts.ts";
import { jobStatus, stackStatus } from "./status-fixture.ts";

function job(name: string, changes: Partial<RunbookJob> = {}): RunbookJob {
  return {
    ...{ name, shape: "files", what: `volume ${name}`, services: ["app"], stores: ["local", "offsite"] },
    ...{ retention: "keep 14 daily", canRestoreInPlace: true, canDrill: true },
    ...changes,
  };
}

export function runbookFactsOf(changes: Partial<RunbookFacts> = {}): RunbookFacts {
  const jobs = [
    job("data"),
    job("users", {
      shape: "dump",
      what: "postgres in service db",
      services: ["db"],
      canRestoreInPlace: true,
    }),
    job("cache", {
      shape: "dump",
      what: "redis in service redis",
      services: ["redis"],
      ...{ canRestoreInPlace: false, canDrill: false },
    }),
    job("sql", {
      shape: "managed",
      what: "cloud-sql",
      services: [],
      stores: ["gce"],
      ...{ canRestoreInPlace: false, canDrill: false },
    }),
    job("disk", { shape: "disk", what: "gce-disk", services: [], stores: ["gce"], canRestoreInPlace: false }),
  ];
  return {
    status: stackStatus({
      jobs: jobs.map(({ name }) => jobStatus({ name })),
      unprotectedVolumes: ["grafana_data"],
    }),
    jobs,
    stores: [
      {
        name: "local",
        kind: "local",
        place: "/archive",
        address: "file:///archive/shop/",
        isAppendOnly: false,
        isHere: true,
        isInStack: true,
      },
      {
        name: "offsite",
        kind: "gcs",
        place: "gs://acme/shop",
        address: "gs://acme/shop/shop/",
        isAppendOnly: true,
        isHere: false,
        isInStack: false,
      },
      {
        ...{ name: "gce", kind: "cloud", place: "with the vendor of the cloud" },
        ...{ address: undefined, isAppendOnly: false, isHere: false, isInStack: false },
      },
    ],
    services: [
      { name: "app", image: "acme/app:3" },
      { name: "db", image: "postgres:16" },
    ],
    sidecar: "backup",
    configFile: "/etc/holdfast/holdfast.yml",
    image: "holdfast:1",
    compose: { project: "shop", directory: "/srv/shop", files: ["/srv/shop/compose.yml"] },
    timezone: "UTC",
    encryption: { kind: "age", opensBy: "identity", isHere: false },
    hasToken: true,
    channels: ["slack"],
    hasDisks: true,
    configJob: "_config",
    ...changes,
  };
}
