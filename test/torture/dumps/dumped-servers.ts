/** The servers whose dumps are shot at: each with data enough for a dump of a second or so, and a way to count what a point holds. */
import { ensureDatabaseImages } from "../../e2e/lab/database-images.ts";
import { ensureMariadbImage } from "../../e2e/lab/mariadb-image.ts";
import type { ServicePlan, SidecarStack, StackPlan } from "../../e2e/lab/sidecar-stack.ts";

export interface DumpedServer {
  service: ServicePlan;
  prepare: StackPlan["prepare"];
  /** Of the job, but for the service. */
  source: object;
  /** As the kernel calls its process. */
  tool: string;
  /** Shell commands in the server's container. */
  load: readonly string[];
  /** Restores the point beside what is there. Gives what it counted in it. */
  count(stack: SidecarStack, point: string): Promise<string>;
  /** What a whole point counts. */
  whole: string;
}

export type ServerKind = "postgres" | "mysql" | "redis";

const healthOf = (...test: string[]) => ({ test: ["CMD", ...test], interval: "1s", retries: 60 });
const RESTORED = "restored:/restored";

/** Of pgbench: this many times 100,000 accounts. */
const SCALE = 10;

const POSTGRES: DumpedServer = {
  service: {
    ...{ image: "postgres:15", init: true, volumes: ["db_data:/var/lib/postgresql/data"] },
    healthcheck: healthOf("pg_isready", "-U", "postgres"),
  },
  prepare: ensureDatabaseImages,
  source: { kind: "postgres", database: "bench" },
  tool: "pg_dump",
  load: ["createdb -U postgres bench", `pgbench -U postgres -i -q -s ${SCALE} bench`],
  async count(stack, point) {
    await stack.restore("dumped", "--point", point, "--database", "checked");
    const sql = "SELECT (SELECT count(*) FROM pgbench_accounts), (SELECT count(*) FROM pgbench_branches)";
    const counts = await stack.exec("db", "psql", "-U", "postgres", "-d", "checked", "-Atc", sql);
    await stack.exec("db", "dropdb", "-U", "postgres", "checked");
    return counts.trim();
  },
  whole: `${SCALE * 100_000}|${SCALE}`,
};

const ROWS = 400_000;

const MYSQL: DumpedServer = {
  service: {
    ...{ image: "mariadb:10.11", init: true, volumes: ["db_data:/var/lib/mysql", RESTORED] },
    ...{ environment: { MARIADB_DATABASE: "bench" }, healthcheck: healthOf("mariadb-admin", "ping") },
  },
  prepare: ensureMariadbImage,
  source: { kind: "mysql", database: "bench" },
  tool: "mariadb-dump",
  load: [
    `mariadb bench -e 'CREATE TABLE t AS SELECT seq, sha2(seq, 512) AS digest FROM seq_1_to_${ROWS}'`,
    "mariadb bench -e 'CREATE TABLE last (v int); INSERT INTO last VALUES (1)'",
  ],
  async count(stack, point) {
    await stack.restore("dumped", "--point", point, "--to", `/restored/${point}`);
    const script = `set -e; mariadb -e 'CREATE DATABASE checked'; mariadb checked < /restored/${point}/dump.sql
      mariadb checked -BNe 'SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM last)'; mariadb -e 'DROP DATABASE checked'`;
    return (await stack.exec("db", "sh", "-c", script)).trim();
  },
  whole: `${ROWS}\t1`,
};

const KEYS = 600_000;

const REDIS: DumpedServer = {
  service: {
    ...{ image: "redis:7", init: true, volumes: ["db_data:/data", RESTORED] },
    command: ["redis-server", "--protected-mode", "no", "--dir", "/data", "--enable-debug-command", "yes"],
    healthcheck: healthOf("redis-cli", "ping"),
  },
  prepare: ensureDatabaseImages,
  source: { kind: "redis" },
  tool: "redis-cli",
  load: [`redis-cli DEBUG POPULATE ${KEYS} key 200`, "redis-cli CONFIG SET save ''", "redis-cli SAVE"],
  async count(stack, point) {
    await stack.restore("dumped", "--point", point, "--to", `/restored/${point}`);
    const said = await stack.exec("db", "redis-check-rdb", `/restored/${point}/dump.rdb`);
    return (
      /(\d+) keys read[^]*RDB looks OK|RDB looks OK[^]*?(\d+) keys read/.exec(said)?.slice(1).join("") ?? said
    );
  },
  whole: String(KEYS),
};

export const DUMPED: Readonly<Record<ServerKind, DumpedServer>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  redis: REDIS,
};
