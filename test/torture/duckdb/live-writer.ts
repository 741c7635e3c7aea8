/** The writer as a process that can be held still, let go on, and killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Hold } from "../../../src/ports/source.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import { holdProcess, letGoOn } from "../live-points/held-process.ts";
import type { WriterOrder } from "./loads.ts";

const PROGRAM = fileURLToPath(new URL("./writer-child.ts", import.meta.url));
const SET_UP_MS = 120_000;

export class LiveWriter {
  readonly order: WriterOrder;
  readonly #child: ChildProcess;
  #output = "";
  #errors = "";

  constructor(order: WriterOrder) {
    this.order = order;
    this.#child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  async ready(): Promise<void> {
    await waitUntil("the writer", () => this.#output.includes("ready") || !this.isRunning, SET_UP_MS);
    this.check();
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws when it has ended by itself. */
  check(): void {
    if (!this.isRunning) throw new Error(`The writer has ended: ${this.#errors}`);
  }

  /** How many commits DuckDB has acknowledged to it. */
  get acknowledged(): number {
    return statSync(this.order.acknowledged).size;
  }

  /** As the kernel's freezer does: it is held when all of its threads are. */
  readonly freeze: Hold = async (work) => {
    this.check();
    const { pid } = this;
    try {
      holdProcess(pid);
      const startedAt = performance.now();
      const value = await work(new AbortController().signal);
      return { value, heldMs: performance.now() - startedAt };
    } finally {
      letGoOn(pid);
    }
  };

  async end(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.stdin?.end();
    const [code] = (await once(this.#child, "close")) as [number | null];
    if (code !== 0) throw new Error(`The writer failed: ${this.#errors}`);
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}
