/** Real services with their data in volumes, backed up while they are worked with, restored in place, and asked by their own clients. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { ensureDatabaseImages } from "./database-images.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, PROJECT } from "./images.ts";

const COMPOSE = (socket: string) => `
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: example }
    volumes: [db_data:/var/lib/postgresql/data]
    healthcheck: { test: [CMD, pg_isready, -U, postgres], interval: 1s, retries: 60 }
  cache:
    image: redis:7
    command: [redis-server, --appendonly, "yes", --dir, /data, --protected-mode, "no"]
    volumes: [cache_data:/data]
    healthcheck: { test: [CMD, redis-cli, ping], interval: 1s, retries: 60 }
  web:
    image: holdfast-example-app
    init: true
    volumes: [app_data:/data]
    ports: ["127.0.0.1:0:8080"]
  backup:
    volumes:
      - ./holdfast.yml:/etc/holdfast/holdfast.yml:ro
      - db_data:/source/db:ro
      - cache_data:/source/cache:ro
      - ${socket}:/var/run/docker.sock
volumes:
  app_data:
  db_data:
  cache_data:
`;

const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    db: { source: { kind: "volume", path: "/source/db" }, quiesce: { pause: ["db"] } },
    cache: { source: { kind: "volume", path: "/source/cache" }, quiesce: { stop: ["cache"] } },
    web: { source: { kind: "volume", path: "/source/app_data" }, quiesce: { pause: ["web"] } },
  },
};

describeInLab("a stack of PostgreSQL, Redis and a web app with uploads", (lab) => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"));
  const stack = new ComposeStack(lab, {
    files: [join(directory, "compose.yml"), join(PROJECT, "compose.sidecar.yml")],
    env: { HOLDFAST_PORT: "0" },
  });

  beforeAll(async () => {
    writeFileSync(join(directory, "compose.yml"), COMPOSE(lab.host.replace(/^unix:\/\//, "")));
    writeFileSync(join(directory, "holdfast.yml"), JSON.stringify(CONFIG));
    await Promise.all([
      ensureDatabaseImages(lab, directory),
      docker(lab, "build", "--quiet", "--tag", "holdfast-example-app", join(PROJECT, "example/app")),
    ]);
    await stack.up();
  });

  afterAll(async () => {
    await stack.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  const inService = async (service: string, ...command: string[]) =>
    (await stack.compose("exec", "-T", service, ...command)).trim();
  const sql = (query: string) => inService("db", "psql", "-U", "postgres", "-Atc", query);
  const backUp = async (job: string) => {
    const { stdout, stderr } = await stack.holdfast("backup", job, "--json");
    const { runs } = JSON.parse(stdout) as { runs: unknown[] };
    expect(runs, stderr).toMatchObject([{ job, outcome: "succeeded", warningCount: 0 }]);
  };
  const restore = async (job: string, ...options: string[]) => {
    const end = await stack.holdfast("restore", job, "--in-place", "--yes", ...options);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
  };
  const answers = (service: string, ...command: string[]) =>
    waitUntil(`${service} answers`, async () => {
      return (await stack.tryCompose("exec", "-T", service, ...command)).exitCode === 0;
    });
  const dbAnswers = () => answers("db", "pg_isready", "-U", "postgres");

  /** Each transaction of pgbench adds one amount to an account, a teller and a branch, and a line to the history. */
  const expectWhole = async () => {
    expect(await sql("SELECT count(*) FROM pgbench_accounts")).toBe("100000");
    const sums = await sql(
      "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers), (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(delta) FROM pgbench_history)",
    );
    expect(new Set(sums.split("|")).size, sums).toBe(1);
  };

  const transactions = async () => Number(await sql("SELECT count(*) FROM pgbench_history"));

  it("has PostgreSQL as it was at one moment amid its writes, also in a container that was made anew", async () => {
    await inService("db", "pgbench", "-U", "postgres", "-i", "-q", "postgres");
    const load = ["-n", "-c", "2", "-R", "200", "-T", "600", "postgres"];
    await stack.compose("exec", "-d", "db", "pgbench", "-U", "postgres", ...load);
    await waitUntil("it is written to", async () => (await transactions()) > 100);
    const before = await transactions();
    await backUp("db");
    await waitUntil("it is written to again", async () => (await transactions()) > before + 100);
    await inService("db", "psql", "-U", "postgres", "-qc", "DROP TABLE pgbench_branches CASCADE");
    await stack.compose("up", "--detach", "--force-recreate", "--no-deps", "db");
    await restore("db");
    await dbAnswers();
    await expectWhole();
    expect(await transactions()).toBeGreaterThanOrEqual(before);
  });

  it("has PostgreSQL wholly the old or wholly the new one when its restore is killed", async () => {
    await sql("CREATE TABLE after_the_backup (id int)");
    const restoring = stack.holdfast("restore", "db", "--in-place", "--yes", "--no-forensics");
    const worker = await waitUntil("the container that restores", async () => {
      const filters = ["label=holdfast.purpose=restore", `label=holdfast.stack=${stack.project}`];
      const ids = await docker(lab, "ps", "--quiet", ...filters.flatMap((filter) => ["--filter", filter]));
      return ids.split("\n")[0] || undefined;
    });
    await docker(lab, "kill", "--signal", "KILL", worker).catch(() => undefined);
    await restoring;
    await dbAnswers();
    await expectWhole();
    await restore("db", "--no-forensics");
    await dbAnswers();
    await expectWhole();
    expect(await sql("SELECT to_regclass('after_the_backup') IS NULL")).toBe("t");
  });

  it("has Redis with both counters of each transaction", async () => {
    const count = "while printf 'MULTI\\nINCR one\\nINCR other\\nEXEC\\n' | redis-cli; do sleep 0.05; done";
    await stack.compose("exec", "-d", "cache", "sh", "-c", count);
    await waitUntil(
      "it counts",
      async () => Number(await inService("cache", "redis-cli", "GET", "one")) > 20,
    );
    await backUp("cache");
    await answers("cache", "redis-cli", "PING");
    await inService("cache", "redis-cli", "FLUSHALL");
    await restore("cache");
    await answers("cache", "redis-cli", "PING");
    const one = await inService("cache", "redis-cli", "GET", "one");
    expect(Number(one)).toBeGreaterThan(20);
    expect(await inService("cache", "redis-cli", "GET", "other")).toBe(one);
  });

  it("has one upload of the web app again, and its newer notes still", async () => {
    const web = await stack.url("web", 8080);
    await waitUntil("the app answers", async () => (await fetch(`${web}/health`).catch(() => undefined))?.ok);
    const put = (name: string, body: string) => fetch(`${web}/uploads/${name}`, { method: "PUT", body });
    expect((await put("a.txt", "uploaded")).status).toBe(201);
    await backUp("web");
    expect((await put("a.txt", "overwritten")).status).toBe(201);
    expect((await fetch(`${web}/notes`, { method: "POST", body: "newer" })).status).toBe(201);
    await restore("web", "--path", "uploads/a.txt");
    const again = await stack.url("web", 8080);
    const read = async (path: string) =>
      waitUntil(`the app answers ${path}`, async () => {
        const answer = await fetch(`${again}${path}`).catch(() => undefined);
        return answer?.ok === true ? answer.text() : undefined;
      });
    expect(await read("/uploads/a.txt")).toBe("uploaded");
    expect(await read("/notes")).toContain("newer");
  });
});
