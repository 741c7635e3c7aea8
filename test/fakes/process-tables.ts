/** Process tables of pretended machines, whose processes live and die when told to. */
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../../src/ports/process-identity.ts";

export class FakeMachine {
  readonly #host: string;
  readonly #dead = new Set<number>();
  #nextPid = 100;

  constructor(host = "host-a") {
    this.#host = host;
  }

  /** The table as a new process of this machine sees it. */
  startProcess(): ProcessTable {
    const host = this.#host;
    const pid = this.#nextPid++;
    const machine = { host, bootId: `boot-${host}`, pidNamespace: `pid:${host}`, container: "" };
    const self = { ...machine, pid, startTime: `${pid}0` };
    return { self, fateOf: (other) => this.#fateOf(other) };
  }

  kill(process: ProcessTable): void {
    this.#dead.add(process.self.pid);
  }

  #fateOf(other: ProcessIdentity): ProcessFate {
    if (other.host !== this.#host) return "unknown";
    const knownPid = other.pid >= 100 && other.pid < this.#nextPid;
    return knownPid && !this.#dead.has(other.pid) ? "alive" : "dead";
  }
}
