/** A real OpenStack Swift with its S3 interface, of Debian's package python3-swift. */
import { spawn } from "node:child_process";
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
  stop: () => Promise<void>;
}

/** `place`: where its directory is made. */
export async function startSwift(host = "127.0.0.1", place = tmpdir()): Promise<RunningSwift> {
  const directory = await mkdtemp(join(place, "holdfast-swift-"));
  const child = spawn(PYTHON, [SERVER, directory, host], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: port } = (await lines.next()) as { value: string | undefined };
  if (port === undefined) {
    await ended;
    throw new Error(`Swift did not start: ${said}`);
  }
  return {
    endpoint: `http://${host}:${port}`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
