/**
 * A network of one program, joined to this machine by a link that can be cut as a pulled cable is: what is sent vanishes, nobody
 * is told. The program runs in a network namespace of its own; servers listen on our end of the link.
 */
import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NAMESPACES = "/run/netns";
const [IP, IPTABLES, NSENTER] = ["/usr/sbin/ip", "/usr/sbin/iptables", "/usr/bin/nsenter"];
/** With the process that made it, so that the next one removes what a killed one left. */
const NAME = /^holdfast-cut-(\d+)-[0-9a-f]+$/;

/** Undefined when there can be such links; in CI there have to be. */
export const linksAreMissing: string | undefined =
  process.env["CI"] === "true" ||
  (process.getuid?.() === 0 && [IP, IPTABLES, NSENTER].every((path) => existsSync(path)))
    ? undefined
    : "network namespaces need root on Linux, with iproute2 and iptables";

export class CuttableLink {
  /** Our end, where servers listen. */
  readonly host: string;
  /** The command that runs another one behind the link. */
  readonly through: readonly string[];
  readonly #namespace: string;
  readonly #near: string;

  private constructor() {
    const id = randomBytes(4).toString("hex");
    const [far, ends] = [`hf${id}f`, randomEnds()];
    this.#near = `hf${id}n`;
    this.#namespace = `holdfast-cut-${process.pid}-${id}`;
    this.host = ends.near;
    this.through = [NSENTER, `--net=${join(NAMESPACES, this.#namespace)}`, "--"];
    try {
      ip("netns", "add", this.#namespace);
      ip("link", "add", this.#near, "type", "veth", "peer", "name", far, "netns", this.#namespace);
      ip("address", "add", `${this.host}/30`, "dev", this.#near);
      ip("link", "set", this.#near, "up");
      this.#behind(IP, "link", "set", "lo", "up");
      this.#behind(IP, "address", "add", `${ends.far}/30`, "dev", far);
      this.#behind(IP, "link", "set", far, "up");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  static open(): CuttableLink {
    removeAbandoned();
    return new CuttableLink();
  }

  /** From here on every packet vanishes, in both directions. */
  cut(): void {
    for (const chain of ["INPUT", "OUTPUT"]) this.#behind(IPTABLES, "--insert", chain, ...ACROSS);
  }

  /** Idempotent. */
  mend(): void {
    for (const chain of ["INPUT", "OUTPUT"]) this.#behind(IPTABLES, "--flush", chain);
  }

  /** Bytes that have come from behind the link, or gone there, since it was opened. */
  passed(direction: "out" | "in"): number {
    const counter = direction === "out" ? "rx_bytes" : "tx_bytes";
    return Number(readFileSync(`/sys/class/net/${this.#near}/statistics/${counter}`, "utf8"));
  }

  /** What still runs behind it keeps its namespace until it ends, without a link. */
  close(): void {
    for (const removal of [
      ["link", "delete", this.#near],
      ["netns", "delete", this.#namespace],
    ]) {
      try {
        ip(...removal);
      } catch {
        // It was never made.
      }
    }
  }

  #behind(...command: readonly string[]): void {
    const [program = "", ...args] = this.through;
    execFileSync(program, [...args, ...command], { stdio: ["ignore", "ignore", "pipe"] });
  }
}

/** What a program tells itself on its own loopback interface goes on. */
const ACROSS = ["!", "--source", "127.0.0.0/8", "--jump", "DROP"];

/** Of the addresses that are kept for tests (RFC 2544): enough of them that two links hardly ever have the same. */
function randomEnds(): { near: string; far: string } {
  const net = `198.${18 + randomInt(2)}.${randomInt(256)}`;
  const first = 4 * randomInt(64);
  return { near: `${net}.${first + 1}`, far: `${net}.${first + 2}` };
}

function ip(...args: readonly string[]): void {
  execFileSync(IP, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function removeAbandoned(): void {
  if (!existsSync(NAMESPACES)) return;
  for (const name of readdirSync(NAMESPACES)) {
    const maker = NAME.exec(name)?.[1];
    if (maker !== undefined && !existsSync(`/proc/${maker}`)) ip("netns", "delete", name);
  }
}
