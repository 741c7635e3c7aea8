/** A stack of four kinds of data, to be recovered: an app that writes to DuckDB and to uploads, PostgreSQL, and Redis as a volume and as a server. */
import { ensureDatabaseImages } from "./database-images.ts";
import type { Lab } from "./lab.ts";
import type { StackPlan } from "./sidecar-stack.ts";

/** An upload is there before the row that names it; ids have no gaps. It is healthy once it has told what it found. */
const APP = `
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { DuckDBInstance } from "/opt/holdfast/node_modules/@duckdb/node-api/lib/index.js";
rmSync("/data/told.json", { force: true });
mkdirSync("/data/uploads", { recursive: true });
const database = await (await DuckDBInstance.create("/data/events.duckdb")).connect();
await database.run("CREATE TABLE IF NOT EXISTS events (id INTEGER, written BIGINT)");
const rows = async () => (await database.runAndReadAll("SELECT id, written FROM events ORDER BY id")).getRows();
let id = Number((await rows()).at(-1)?.[0] ?? 0);
process.on("SIGTERM", () => process.exit(0));
for (;;) {
  id += 1;
  writeFileSync("/data/uploads/" + id, String(id));
  await database.run("INSERT INTO events VALUES (" + id + ", " + Date.now() + ")");
  const told = (await rows()).map((row) => row.map(Number));
  writeFileSync("/data/telling", JSON.stringify({ ids: told.map(([id]) => id), ats: told.map(([, at]) => at) }));
  renameSync("/data/telling", "/data/told.json");
  await new Promise((resolve) => setTimeout(resolve, 200));
}
`;

const healthy = (...test: string[]) => ({
  healthcheck: { test: ["CMD", ...test], interval: "1s", retries: 60 },
});

const redis = (volume: string) => ({
  ...{ image: "redis:7", volumes: [`${volume}:/data`] },
  command: ["redis-server", "--dir", "/data", "--protected-mode", "no", ...APPENDING],
  ...healthy("redis-cli", "ping"),
});
const APPENDING = ["--appendonly", "yes", "--appendfsync", "always"];

/** All but the store. */
export const VOLUMES = ["app_data", "cache_data", "sessions_data", "db_data", "state"];

/** `config`: what is to stand in it instead. */
export function planOf({ image }: Lab, config: object = {}): StackPlan {
  const services = {
    db: {
      ...{ image: "postgres:15", volumes: ["db_data:/var/lib/postgresql/data"] },
      ...healthy("pg_isready", "-U", "postgres"),
    },
    cache: redis("cache_data"),
    sessions: redis("sessions_data"),
    app: {
      ...{ image, init: true, entrypoint: ["node", "/app/app.mjs"] },
      volumes: ["app_data:/data", "./app.mjs:/app/app.mjs:ro"],
      depends_on: Object.fromEntries(
        ["db", "cache", "sessions"].map((name) => [name, { condition: "service_healthy" }]),
      ),
      ...healthy("test", "-s", "/data/told.json"),
    },
  };
  const whole = {
    defaults: { retry: { attempts: 1 } },
    jobs: {
      data: { source: { kind: "volume", path: "/source/data" } },
      cached: {
        source: { kind: "volume", volume: "cache_data" },
        quiesce: { stop: ["cache"], scope: "whole" },
      },
      users: { source: { kind: "postgres", service: "db", database: "app" } },
      sessions: { source: { kind: "redis", service: "sessions" } },
    },
    stores: { local: { kind: "local", path: "/archive" } },
    guard: { after: "2s" },
    ...config,
  };
  return {
    ...{ services, config: whole, prepare: ensureDatabaseImages, files: { "app.mjs": APP } },
    mounts: ["app_data:/source/data:ro", "./compose.yml:/compose/compose.yml:ro"],
  };
}
