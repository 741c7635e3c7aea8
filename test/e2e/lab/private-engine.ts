/** A Docker Engine of the lab's own: own socket, own data, own bridge, and never one that was there before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../wait-until.ts";
import { run } from "./command.ts";
import { makeBridge } from "./own-bridge.ts";
import { unmountBelow } from "./unmount-below.ts";

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

export interface PrivateEngineOptions {
  /** Without them containers reach nobody, or have the network of the machine, and engines do not get into each other's way. Default: with. */
  hasNetworks?: boolean;
  /** The engine itself. Default: this machine's own. */
  program?: string;
}

export async function startPrivateEngine(
  directory: string,
  { hasNetworks = true, program = "/usr/sbin/dockerd" }: PrivateEngineOptions = {},
): Promise<PrivateEngine> {
  const socket = join(directory, "docker.sock");
  await mkdir(directory, { recursive: true });
  const bridge = await makeBridge();
  const settings = [
    ...["--bridge", bridge.name],
    ...(hasNetworks ? [] : ["--iptables=false", "--ip6tables=false"]),
  ];
  const place = { program, directory, socket, settings };
  let stop = await start(place);
  return {
    host: `unix://${socket}`,
    async restart() {
      await stop("SIGTERM");
      stop = await start(place);
    },
    async crash() {
      await stop("SIGKILL");
      await killContainerd(directory);
      stop = await start(place);
    },
    async remove() {
      await stop("SIGTERM");
      await killShims(directory);
      await bridge.remove();
      await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Stop = (signal: "SIGTERM" | "SIGKILL") => Promise<void>;

interface Place {
  program: string;
  directory: string;
  socket: string;
  settings: readonly string[];
}

async function start({ program, directory, socket, settings }: Place): Promise<Stop> {
  const log = openSync(join(directory, "engine.log"), "a");
  const engine = spawn(
    program,
    [
      ...["--data-root", join(directory, "root"), "--exec-root", join(directory, "exec")],
      ...["-H", `unix://${socket}`, "--pidfile", join(directory, "pid")],
      ...settings,
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

/** Which dies with the engine, but looks alive by its pid until somebody has collected it: the engine would wait for it in vain. */
async function killContainerd(directory: string): Promise<void> {
  const pidFile = join(directory, "exec/containerd/containerd.pid");
  killIfThere(Number(await readFile(pidFile, "utf8")));
  await rm(pidFile);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** An engine that crashed while it started a container knows nothing of it. */
async function killShims(directory: string): Promise<void> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.includes("containerd-shim") || !command.includes(`${directory}/`)) continue;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    for (const each of [...children.split(" ").filter((child) => child !== ""), pid])
      killIfThere(Number(each));
  }
}
