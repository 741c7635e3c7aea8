/** The programs that the demo starts. Each is ended by its own id, whatever becomes of the demo. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The daemon promises to end within 10 s. */
const ENDS_WITHIN_MS = 12_000;

export class Children {
  readonly #running = new Set<ChildProcess>();

  /** Starts a TypeScript program of this project with the Node that runs the demo. */
  start(program: string, args: readonly string[]): ChildProcess {
    const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
    // A process group of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
    const child = spawn(process.execPath, [path, ...args], { detached: true, env: cleanEnvironment() });
    this.#running.add(child);
    child.once("error", () => this.#running.delete(child));
    child.once("exit", () => this.#running.delete(child));
    return child;
  }

  /** Asks it to end, insists if it does not; resolves with its exit code, null when a signal ended it. */
  async stop(child: ChildProcess): Promise<number | null> {
    if (!this.#running.has(child)) return child.exitCode;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const insist = setTimeout(() => child.kill("SIGKILL"), ENDS_WITHIN_MS);
    await ended;
    clearTimeout(insist);
    return child.exitCode;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.stop(child)));
  }

  /** For the last moment of the process, when nothing can be waited for. */
  killAll(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

/** A configuration of the user's own must not reach into the demo. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => /^(HOLDFAST_|COMPOSE_PROJECT_NAME$)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}
