/** A stack with a server of a kind and a sidecar that dumps it, to be killed at any moment of a dump. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "../../e2e/lab/images.ts";
import type { Lab } from "../../e2e/lab/lab.ts";
import { SidecarStack } from "../../e2e/lab/sidecar-stack.ts";
import { DUMPED, type DumpedServer, type ServerKind } from "./dumped-servers.ts";

export const VICTIMS = ["server", "tool", "sidecar"] as const;
export type Victim = (typeof VICTIMS)[number];

export class DumpStack {
  readonly #lab: Lab;
  readonly #server: DumpedServer;
  #stack: SidecarStack | undefined;

  constructor(lab: Lab, kind: ServerKind) {
    this.#lab = lab;
    this.#server = DUMPED[kind];
  }

  async up(): Promise<void> {
    const { service, prepare, source, load } = this.#server;
    const stack = new SidecarStack(this.#lab, await mkdtemp(join(tmpdir(), "holdfast-")));
    this.#stack = stack;
    const job = { source: { ...source, service: "db" }, retry: { attempts: 1 } };
    const stores = { local: { kind: "local", path: "/archive" } };
    const config = { jobs: { dumped: job }, stores, lockWait: "30s" };
    await prepare?.(this.#lab, stack.directory);
    await stack.layOut({ services: { db: service }, config, mounts: ["restored:/restored"] });
    await stack.up();
    for (const command of load) await stack.exec("db", "sh", "-c", command);
  }

  async remove(): Promise<void> {
    await this.#stack?.remove();
    if (this.#stack !== undefined) await rm(this.#stack.directory, { recursive: true, force: true });
  }

  backUp() {
    return this.#there.holdfast("backup", "dumped");
  }

  /** Ids, newest first. */
  async points(): Promise<string[]> {
    return (await this.#there.points("dumped")).map(({ id }) => id);
  }

  async kill(victim: Victim): Promise<void> {
    if (victim === "tool") {
      const script = `for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = ${this.#server.tool} ] && kill -9 \${p#/proc/}; done; exit 0`;
      await this.#there.exec("db", "sh", "-c", `${script} 2>/dev/null`);
    } else {
      const container = this.#there.container(victim === "server" ? "db" : "backup");
      await docker(this.#lab, "kill", "--signal", "KILL", container);
    }
  }

  bringBack(): Promise<void> {
    return this.#there.up();
  }

  /** Throws where the point cannot be restored, or holds less than all. */
  async check(point: string): Promise<void> {
    const counted = await this.#server.count(this.#there, point);
    if (counted !== this.#server.whole) throw new Error(`point ${point} holds ${counted}`);
  }

  /** How many tools run in the server's container. */
  async toolsThere(): Promise<number> {
    const count = `grep -lx ${this.#server.tool} /proc/[0-9]*/comm 2>/dev/null | wc -l`;
    return Number(await this.#there.exec("db", "sh", "-c", count));
  }

  get #there(): SidecarStack {
    if (this.#stack === undefined) throw new Error("the stack is not up");
    return this.#stack;
  }
}
