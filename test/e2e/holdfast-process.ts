/** Holdfast as its users run it: a process of its own, whose output is kept and which is never left behind. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../bin/holdfast.js", import.meta.url));

/** No command of these tests takes nearly so long. One that does is killed, and its caller told. */
const LIMIT_MS = 60_000;

export interface ProcessOptions {
  /** Beside PATH and HOME; nothing else of this process's environment reaches the child. */
  env?: Readonly<Record<string, string>>;
  /** For node itself, before the program. */
  nodeArgs?: readonly string[];
  /** A daemon has none. */
  limitMs?: number | undefined;
  /** Instead of the user of the tests; only root can have that. */
  uid?: number;
  /** Where it runs; default: here. */
  cwd?: string;
  /** A command that becomes what it is told to run, such as `nsenter … --`. */
  through?: readonly string[];
  /** The program's first file, of another installation than this one. */
  program?: string;
}

export interface Ended {
  exitCode: number | null;
  /** The signal that ended it, when one did. */
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** From its start to its end. */
  ms: number;
}

export class HoldfastProcess {
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor(args: readonly string[], options: ProcessOptions) {
    const { env = {}, nodeArgs = [], limitMs, uid, cwd, program = MAIN, through = [] } = options;
    const { PATH = "", HOME = "" } = process.env;
    const startedAt = performance.now();
    const [command = "", ...rest] = [...through, process.execPath, ...nodeArgs, program, ...args];
    this.#child = spawn(command, rest, {
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = this.#end(args, startedAt, limitMs);
    // Whoever waits for it is told; that nobody waits yet is no reason to end the tests.
    this.ended.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Closes our end of its output, as `| head` does. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #end(args: readonly string[], startedAt: number, limitMs: number | undefined): Promise<Ended> {
    const limit = limitMs === undefined ? undefined : setTimeout(() => this.#child.kill("SIGKILL"), limitMs);
    const [exitCode, signal] = (await once(this.#child, "close")) as [number | null, NodeJS.Signals | null];
    clearTimeout(limit);
    const ms = performance.now() - startedAt;
    if (limitMs !== undefined && ms >= limitMs) {
      throw new Error(`\`holdfast ${args.join(" ")}\` did not end within ${limitMs} ms: ${this.stderr}`);
    }
    return { exitCode, signal, stdout: this.stdout, stderr: this.stderr, ms };
  }
}

/** Runs one command to its end. */
export function holdfast(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
  return new HoldfastProcess(args, { limitMs: LIMIT_MS, ...options }).ended;
}

/** Whether another user may run the program: only root can tell, and only of a clone that is readable to all. */
export function canRunAs(uid: number): boolean {
  if (process.geteuid?.() !== 0) return false;
  return spawnSync(process.execPath, [MAIN, "--version"], { uid, gid: uid, env: {} }).status === 0;
}
