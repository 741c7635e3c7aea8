/** A Docker Engine of the lab's own: own socket, own data, and never one that was there before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../wait-until.ts";
import { must, run } from "./command.ts";

export interface PrivateEngine {
  /** For `DOCKER_HOST`. */
  host: string;
  /** Ends it and starts it again on the same data. */
  restart(): Promise<void>;
  /** Kills it, as a crash would, and starts it again on the same data. */
  crash(): Promise<void>;
  /** Ends it and removes all it held. */
  remove(): Promise<void>;
}

export async function startPrivateEngine(directory: string): Promise<PrivateEngine> {
  const socket = join(directory, "docker.sock");
  await mkdir(directory, { recursive: true });
  let stop = await start(directory, socket);
  return {
    host: `unix://${socket}`,
    async restart() {
      await stop("SIGTERM");
      stop = await start(directory, socket);
    },
    async crash() {
      await stop("SIGKILL");
      stop = await start(directory, socket);
    },
    async remove() {
      await stop("SIGTERM");
      await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Stop = (signal: "SIGTERM" | "SIGKILL") => Promise<void>;

async function start(directory: string, socket: string): Promise<Stop> {
  const log = openSync(join(directory, "engine.log"), "a");
  const engine = spawn(
    "/usr/sbin/dockerd",
    [
      ...["--data-root", join(directory, "root"), "--exec-root", join(directory, "exec")],
      ...["-H", `unix://${socket}`, "--pidfile", join(directory, "pid")],
    ],
    { stdio: ["ignore", log, log] },
  );
  const ended = once(engine, "exit");
  await waitUntil("the engine answers", async () => {
    if (engine.exitCode !== null) {
      const said = await readFile(join(directory, "engine.log"), "utf8");
      throw new Error(`dockerd ended with ${engine.exitCode}:\n${said.slice(-3_000)}`);
    }
    const asked = await run("/usr/bin/docker", ["version"], { env: { DOCKER_HOST: `unix://${socket}` } });
    return asked.exitCode === 0;
  });
  return async (signal) => {
    engine.kill(signal);
    await ended;
  };
}

/** A container that outlived the engine leaves its file systems mounted. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounts.reverse()) await must("umount", ["-l", path]);
}
