/** The Compose file of such a stack, and the config of its sidecar. */
import { join } from "node:path";

import { PROJECT } from "../../e2e/lab/images.ts";
import type { Load, WriterOrder } from "../duckdb/loads.ts";

export interface DuckdbStackOptions {
  load: Load;
  /** The sidecar has the volume; else a container of its own captures it. */
  isMounted: boolean;
  seed: number;
}

/** `named` names whom to pause; of `found` and `auto` they are found by their mounts, for `found` at once. */
export const JOBS = ["named", "found", "auto"] as const;
export type Job = (typeof JOBS)[number];

/** Where the image's own modules are found from. */
const RIG = "/opt/holdfast/rig";
/** A check that runs all the time is what a pause may meet. */
const WRITES = { test: ["CMD", "test", "-s", "/written/acknowledged"], interval: "1s", retries: 90 };
/** Of the database, where it is encrypted. */
export const KEY = "a key of the lab";

function rigMount(): string {
  return `${join(PROJECT, "test/torture")}:${RIG}:ro`;
}

export function composeOf({ load, isMounted, seed }: DuckdbStackOptions, socket: string): object {
  const order: WriterOrder = {
    ...{ load, seed, database: "/data/live.duckdb", acknowledged: "/written/acknowledged" },
    key: keyOf({ load }),
  };
  const idle = { image: "debian:bookworm-slim", init: true, command: ["sleep", "infinity"] };
  return {
    services: {
      app: {
        ...{ image: "${HOLDFAST_IMAGE}", init: true, stdin_open: true, healthcheck: WRITES, cpus: 0.5 },
        entrypoint: ["node", `${RIG}/duckdb/writer-child.ts`, JSON.stringify(order)],
        volumes: ["app_data:/data", "./written:/written", rigMount()],
      },
      dashboard: { ...idle, volumes: ["app_data:/data:ro"] },
      backup: {
        ...{ image: "${HOLDFAST_IMAGE}", init: true, read_only: true, tmpfs: ["/tmp"] },
        ...{ cap_drop: ["ALL"], cap_add: ["DAC_READ_SEARCH"] },
        ...{ security_opt: ["no-new-privileges:true"], ports: ["127.0.0.1::9219"] },
        volumes: [
          ...["./config:/etc/holdfast:ro", "./archive:/archive", "state:/var/lib/holdfast"],
          `${socket}:/var/run/docker.sock`,
          ...(isMounted ? ["app_data:/source/data:ro"] : []),
        ],
      },
    },
    volumes: { app_data: {}, state: {} },
  };
}

export function keyOf({ load }: Pick<DuckdbStackOptions, "load">): string | undefined {
  return load === "encrypted" ? KEY : undefined;
}

export function configOf({ load, isMounted }: DuckdbStackOptions): object {
  const place = isMounted ? { path: "/source/data" } : { volume: "app_data" };
  const job = (more: object = {}, ofSource: object = {}) => ({
    ...{ source: { kind: "volume", ...place, ...ofSource }, retry: { attempts: 1 }, retention: { last: 2 } },
    ...more,
  });
  const rules = (rule: object = {}) => ({
    embeddedDatabases: { rules: [{ match: "*.duckdb", key: keyOf({ load }), ...rule }] },
  });
  const jobs: Record<Job, object> = {
    named: job({ quiesce: { pause: ["app"] } }, rules()),
    found: job({}, rules({ capture: "freeze" })),
    auto: job({}, rules()),
  };
  return { guard: { after: "2s" }, jobs, stores: { local: { kind: "local", path: "/archive" } } };
}
