/** A real OpenStack Swift with its S3 interface, of Debian's package python3-swift. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Debian's own: another Python on the path does not have its packages. */
const PYTHON = "/usr/bin/python3";
const SERVER = fileURLToPath(new URL("swift-server.py", import.meta.url));

export const SWIFT_KEYS = { accessKeyId: "holdfast:owner", secretAccessKey: "swift-secret" };

/** Undefined when it is there; in CI it has to be. */
export const swiftIsMissing: string | undefined =
  process.env.CI === "true" || existsSync("/usr/lib/python3/dist-packages/swift")
    ? undefined
    : "the package python3-swift is not installed";

export interface RunningSwift {
  endpoint: string;
  pid: number;
  /** Kills it; what it keeps stays. */
  goDown: () => Promise<void>;
  /** Starts it again, on the same port. */
  comeUp: () => Promise<void>;
  stop: () => Promise<void>;
}

/** `place`: where its directory is made. */
export async function startSwift(host = "127.0.0.1", place = tmpdir()): Promise<RunningSwift> {
  const directory = await mkdtemp(join(place, "holdfast-swift-"));
  let server = await launch(directory, host, "0");
  const { port } = server;
  return {
    endpoint: `http://${host}:${port}`,
    get pid() {
      return server.child.pid ?? 0;
    },
    goDown: () => kill(server),
    comeUp: async () => {
      server = await launch(directory, host, port);
    },
    stop: async () => {
      await kill(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Launched {
  child: ChildProcess;
  ended: Promise<void>;
  port: string;
}

async function launch(directory: string, host: string, wantedPort: string): Promise<Launched> {
  const child = spawn(PYTHON, [SERVER, directory, host, wantedPort], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: port } = (await lines.next()) as { value: string | undefined };
  if (port !== undefined) return { child, ended, port };
  await ended;
  throw new Error(`Swift did not start: ${said}`);
}

/** Idempotent. */
async function kill({ child, ended }: Launched): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}
