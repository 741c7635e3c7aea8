/** A stack with a PostgreSQL server and a sidecar that dumps it, to be killed at any moment of a dump. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComposeStack } from "../../e2e/lab/compose-stack.ts";
import { ensureDatabaseImages } from "../../e2e/lab/database-images.ts";
import { docker } from "../../e2e/lab/images.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import { waitUntil } from "../../e2e/wait-until.ts";

const COMPOSE = `
services:
  db:
    image: postgres:15
    init: true
    volumes: ["db_data:/var/lib/postgresql/data"]
    healthcheck: { test: [CMD, pg_isready, -U, postgres], interval: 1s, retries: 60 }
  backup:
    image: \${HOLDFAST_IMAGE}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [DAC_READ_SEARCH]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    volumes:
      - ./config:/etc/holdfast:ro
      - archive:/archive
      - state:/var/lib/holdfast
      - \${ENGINE_SOCKET}:/var/run/docker.sock
volumes: { db_data: , archive: , state: }
`;

const CONFIG = `
jobs:
  bench:
    source: { kind: postgres, service: db, database: bench }
    retry: { attempts: 1 }
stores:
  local: { kind: local, path: /archive }
lockWait: 30s
`;

export const VICTIMS = ["server", "tool", "sidecar"] as const;
export type Victim = (typeof VICTIMS)[number];

/** Of pgbench: this many times 100,000 accounts. */
const SCALE = 10;

export class DumpStack {
  readonly #lab: Lab;
  #directory = "";
  #stack: ComposeStack | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async up(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await mkdir(join(this.#directory, "config"));
    await writeFile(join(this.#directory, "compose.yml"), COMPOSE);
    await writeFile(join(this.#directory, "config/holdfast.yml"), CONFIG);
    await ensureDatabaseImages(this.#lab, this.#directory);
    const env = { ENGINE_SOCKET: this.#lab.host.slice("unix://".length) };
    this.#stack = new ComposeStack(this.#lab, { files: [join(this.#directory, "compose.yml")], env });
    await this.#stack.up();
    await this.#inDb("createdb", "-U", "postgres", "bench");
    await this.#inDb("pgbench", "-U", "postgres", "-i", "-q", "-s", String(SCALE), "bench");
  }

  async remove(): Promise<void> {
    await this.#stack?.remove();
    if (this.#directory !== "") await rm(this.#directory, { recursive: true, force: true });
  }

  backUp() {
    return this.#there.holdfast("backup", "bench");
  }

  /** Ids, newest first. */
  async points(): Promise<string[]> {
    const { stdout } = await this.#there.holdfast("list", "bench", "--json");
    return (JSON.parse(stdout) as { points: { id: string }[] }).points.map(({ id }) => id);
  }

  async kill(victim: Victim): Promise<void> {
    if (victim === "tool") {
      const script =
        'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = pg_dump ] && kill -9 ${p#/proc/}; done; exit 0';
      await this.#inDb("sh", "-c", `${script} 2>/dev/null`);
    } else await docker(this.#lab, "kill", "--signal", "KILL", await this.#idOf(victim));
  }

  async bringBack(): Promise<void> {
    await this.#there.up();
    await waitUntil("the server answers", async () =>
      this.#there
        .tryCompose("exec", "-T", "db", "pg_isready", "-U", "postgres")
        .then(({ exitCode }) => exitCode === 0),
    );
  }

  /** Throws where the point cannot be restored, or holds less than all. */
  async check(point: string): Promise<void> {
    const end = await this.#there.holdfast(
      "restore",
      "bench",
      "--point",
      point,
      "--database",
      "checked",
      "--yes",
    );
    if (end.exitCode !== 0) throw new Error(`point ${point}: ${end.stderr}`);
    const sql = "SELECT (SELECT count(*) FROM pgbench_accounts), (SELECT count(*) FROM pgbench_branches)";
    const counts = (await this.#inDb("psql", "-U", "postgres", "-d", "checked", "-Atc", sql)).trim();
    if (counts !== `${SCALE * 100_000}|${SCALE}`) throw new Error(`point ${point} holds ${counts}`);
    await this.#inDb("dropdb", "-U", "postgres", "checked");
  }

  /** How many tools run in the server's container. */
  async toolsThere(): Promise<number> {
    const count = "grep -lx pg_dump /proc/[0-9]*/comm 2>/dev/null | wc -l";
    return Number(await this.#inDb("sh", "-c", count));
  }

  get #there(): ComposeStack {
    if (this.#stack === undefined) throw new Error("the stack is not up");
    return this.#stack;
  }

  #inDb(...command: string[]): Promise<string> {
    return this.#there.compose("exec", "-T", "db", ...command);
  }

  async #idOf(victim: "server" | "sidecar"): Promise<string> {
    return (await this.#there.compose("ps", "--quiet", victim === "server" ? "db" : "backup")).trim();
  }
}
