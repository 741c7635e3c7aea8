/** The real daemon, `holdfast run`, as a child process; its log is read as a machine would. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Children } from "./children.ts";

/** A line of the log. */
export interface LogEntry {
  msg: string;
  operation?: string;
  outcome?: string;
  /** Of a prune: ids of the points that are gone. */
  points?: string[];
  host?: string;
  port?: number;
}

export class Daemon {
  /** What it has logged so far. */
  readonly log: LogEntry[] = [];
  readonly #children: Children;
  readonly #process: ChildProcess;

  constructor(children: Children, config: string, onEntry: (entry: LogEntry) => void) {
    this.#children = children;
    this.#process = children.start("bin/holdfast.js", ["--config", config, "run"]);
    if (this.#process.stderr === null) throw new Error("the daemon has no standard error");
    createInterface({ input: this.#process.stderr }).on("line", (line) => {
      const entry = parse(line);
      this.log.push(entry);
      onEntry(entry);
    });
  }

  /** Where its page is; undefined until it listens. */
  get url(): string | undefined {
    const entry = this.log.find(({ host, port }) => host !== undefined && port !== undefined);
    return entry && `http://${entry.host}:${entry.port}`;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#children.stop(this.#process);
  }

  async get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.text() };
  }
}

/** What is no log line, such as a crash, is shown as it is. */
function parse(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return { msg: line };
  }
}
