/** The stack that is recovered: who writes what into it, and how it is seen that all of it is there. */
import { ensureDatabaseImages } from "./database-images.ts";
import type { Lab } from "./lab.ts";
import type { SidecarStack, StackPlan } from "./sidecar-stack.ts";

/** An upload is there before the row that names it; rows have no gaps. */
const APP = `
import { constants, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { DuckDBInstance } from "/opt/holdfast/node_modules/@duckdb/node-api/lib/index.js";
mkdirSync("/data/uploads", { recursive: true });
const database = await (await DuckDBInstance.create("/data/events.duckdb")).connect();
await database.run("CREATE TABLE IF NOT EXISTS events (id INTEGER)");
const rows = async (sql) => (await database.runAndReadAll(sql)).getRows();
const [[last]] = await rows("SELECT coalesce(max(id), 0) FROM events");
let id = Number(last);
// Never shorter than before, so that no backup reads it while it is empty.
const told = openSync("/data/told.json", constants.O_RDWR | constants.O_CREAT);
process.on("SIGTERM", () => process.exit(0));
for (;;) {
  id += 1;
  writeFileSync("/data/uploads/" + id, String(id));
  await database.run("INSERT INTO events VALUES (" + id + ")");
  const [[count]] = await rows("SELECT count(*) FROM events");
  writeSync(told, JSON.stringify({ last: id, count: Number(count) }).padEnd(64), 0);
  await new Promise((resolve) => setTimeout(resolve, 200));
}
`;

const healthy = (...test: string[]) => ({
  healthcheck: { test: ["CMD", ...test], interval: "1s", retries: 60 },
});

export function planOf({ image }: Lab): StackPlan {
  const services = {
    db: {
      ...{ image: "postgres:15", volumes: ["db_data:/var/lib/postgresql/data"] },
      ...healthy("pg_isready", "-U", "postgres"),
    },
    cache: {
      ...{ image: "redis:7", volumes: ["cache_data:/data"] },
      command: [
        "redis-server",
        "--dir",
        "/data",
        "--protected-mode",
        "no",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
      ],
      ...healthy("redis-cli", "ping"),
    },
    app: {
      ...{ image, init: true, entrypoint: ["node", "/app/app.mjs"] },
      volumes: ["app_data:/data", "./app.mjs:/app/app.mjs:ro"],
      depends_on: { db: { condition: "service_healthy" }, cache: { condition: "service_healthy" } },
      ...healthy("test", "-s", "/data/told.json"),
    },
  };
  const config = {
    defaults: { retry: { attempts: 1 } },
    jobs: {
      data: { source: { kind: "volume", path: "/source/data" } },
      cached: {
        source: { kind: "volume", volume: "cache_data" },
        quiesce: { stop: ["cache"], scope: "whole" },
      },
      users: { source: { kind: "postgres", service: "db", database: "app" } },
    },
    stores: { local: { kind: "local", path: "/archive" } },
    guard: { after: "2s" },
  };
  return {
    ...{ services, config, prepare: ensureDatabaseImages, files: { "app.mjs": APP } },
    mounts: ["app_data:/source/data:ro", "./compose.yml:/compose/compose.yml:ro"],
  };
}

export interface Facts {
  events: number;
  /** As many rows as the newest has, and an upload for each. */
  isWhole: boolean;
  ledger: string;
  cached: string;
}

const psql = ["psql", "-XU", "postgres", "-qAtv", "ON_ERROR_STOP=1"];

export async function writeFacts(stack: SidecarStack): Promise<void> {
  await stack.exec("db", ...psql, "-c", "CREATE DATABASE app");
  const rows =
    "CREATE TABLE ledger AS SELECT g AS id, md5(g::text) AS entry FROM generate_series(1, 20000) g";
  await stack.exec("db", ...psql, "-d", "app", "-c", rows);
  await stack.exec("cache", "redis-cli", "set", "greeting", "žluťoučký kůň");
}

/** What was not written yet is empty. */
export async function readFacts(stack: SidecarStack): Promise<Facts> {
  const script = "cat /data/told.json; echo; ls /data/uploads | wc -l";
  const [told = "{}", uploads = "0"] = (await stack.exec("app", "sh", "-c", script)).trim().split("\n");
  const { last = 0, count = -1 } = JSON.parse(told) as { last?: number; count?: number };
  const ledger = "SELECT count(*), md5(string_agg(entry, '' ORDER BY id)) FROM ledger";
  return {
    events: last,
    isWhole: last === count && Number(uploads) >= last,
    ledger: await stack.exec("db", ...psql, "-d", "app", "-c", ledger).catch(() => ""),
    cached: await stack.exec("cache", "redis-cli", "get", "greeting"),
  };
}
