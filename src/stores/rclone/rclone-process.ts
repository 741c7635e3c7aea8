/**
 * One rclone that serves its remote-control API on the loopback interface, with a password of its own. It reads our end of
 * a pipe and ends when that closes: whatever becomes of this process, rclone does not outlive it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { HoldfastError } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { isMeddling } from "./options.ts";

const START_LIMIT = 30 * SECOND;
const END_GRACE = 3 * SECOND;
const KEPT_LINES = 20;
const ADDRESS = /Serving remote control on http:\/\/127\.0\.0\.1:(\d+)/;

/** The name by which requests mean the store's remote, so that no path or option of it stands in an address. */
export const REMOTE_NAME = "holdfast";

/** Times are those of the store where it can be: locks compare them. A server that is gone is noticed in seconds. */
const OWN_OPTIONS = [
  ["--rc", "--rc-serve", "--rc-addr=127.0.0.1:0"],
  ["--use-server-modtime", "--sftp-set-modtime=false", "--local-no-set-modtime"],
  // Its own limits are an hour, which a large object takes longer than.
  ["--rc-server-read-timeout=240h", "--rc-server-write-timeout=240h"],
  ["--contimeout=15s", "--timeout=1m", "--checkers=16"],
].flat();

export interface RcloneLaunch {
  binary: string;
  remote: string;
  options: Readonly<Record<string, string | number | boolean>>;
  configPath: string;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** For errors. */
  what: string;
}

export class RcloneProcess {
  readonly port: number;
  readonly user = "holdfast";
  readonly password: string;
  readonly #child: ChildProcess;
  readonly #clock: Clock;

  private constructor(child: ChildProcess, options: { port: number; password: string; clock: Clock }) {
    this.#child = child;
    this.port = options.port;
    this.password = options.password;
    this.#clock = options.clock;
  }

  /** Resolves when it listens; leaves nothing running when it does not. */
  static async start(launch: RcloneLaunch): Promise<RcloneProcess> {
    const password = randomBytes(24).toString("base64url");
    const child = spawn(launch.binary, argumentsOf(launch), {
      env: environmentOf(launch, password),
      // Ctrl-C at a terminal reaches a whole process group; rclone is needed for cleaning up.
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    child.stdin?.on("error", () => undefined);
    const port = await listening(child, launch);
    // From here on it keeps nobody alive; requests do.
    child.unref();
    (child.stdin as Socket | null)?.unref();
    (child.stderr as Socket | null)?.unref();
    return new RcloneProcess(child, { port, password, clock: launch.clock });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Idempotent; resolves when it has ended. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    const done = new AbortController();
    const grace = this.#clock.sleep(END_GRACE, { signal: done.signal }).then(
      () => this.#child.kill("SIGKILL"),
      () => undefined,
    );
    await ended;
    done.abort();
    await grace;
  }
}

/** `hashsum` without a remote reads its standard input to the end, which is all that it is wanted for. */
function argumentsOf({ configPath, options }: RcloneLaunch): string[] {
  const extra = Object.entries(options).map(([name, value]) => `--${name}=${String(value)}`);
  return ["hashsum", "MD5", `--config=${configPath}`, ...OWN_OPTIONS, ...extra];
}

function environmentOf(launch: RcloneLaunch, password: string): Record<string, string | undefined> {
  for (const name of Object.keys(launch.environment)) {
    if (!name.startsWith("RCLONE_") || name.startsWith("RCLONE_CONFIG")) continue;
    const option = name.slice("RCLONE_".length).toLowerCase().replaceAll("_", "-");
    if (!isMeddling(option)) continue;
    throw new HoldfastError("store", {
      what: launch.what,
      why: `the variable ${name} would change which objects rclone sees, or how it is driven`,
      next: "remove it from Holdfast's environment",
    });
  }
  const prefix = `RCLONE_CONFIG_${REMOTE_NAME.toUpperCase()}`;
  return {
    ...launch.environment,
    [`${prefix}_TYPE`]: "alias",
    [`${prefix}_REMOTE`]: launch.remote,
    RCLONE_RC_USER: "holdfast",
    RCLONE_RC_PASS: password,
  };
}

/** The port, or why there is none. What it says later is read and dropped, so that it never waits for a reader. */
async function listening(child: ChildProcess, { clock, binary, what }: RcloneLaunch): Promise<number> {
  const said: string[] = [];
  const done = new AbortController();
  const heard = new Promise<number>((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new HoldfastError("store", { what, why, next: NEXT, cause }));
    child.once("error", (error) => fail(`the program ${binary} cannot be started: ${error.message}`, error));
    child.once("exit", () => fail(`rclone ended at once: ${said.join(" ") || "it said nothing"}`));
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on("line", (line) => {
      const port = ADDRESS.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
      if (said.length < KEPT_LINES) said.push(line.slice(0, 500));
    });
    clock.sleep(START_LIMIT, { signal: done.signal }).then(
      () => fail("rclone did not begin to listen in time"),
      () => undefined,
    );
  });
  try {
    return await heard;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    done.abort();
  }
}

const NEXT = "check that rclone is installed and what `options` says";
