/**
 * The machine's mounts, from a container that shares its process ids and may enter its mount namespace. That is the one of whatever
 * runs this container, in which the sources of bind mounts are, too.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { devicePath } from "../domain/disk-swap.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import type { HostDisk, HostMount, HostMounts, MountedHere } from "../ports/host-mounts.ts";
import { diskUsers } from "./disk-users.ts";
import { mountsOf, parentOf } from "./processes.ts";

export interface HostSurroundings {
  /** Where the processes are shown; `/proc` but in tests. */
  proc: string;
  /** Where the kernel shows its devices. */
  sys: string;
  run: (command: readonly string[], signal: AbortSignal) => Promise<Ended>;
}

export interface Ended {
  exitCode: number;
  stderr: string;
}

/** What `umount` ends with when something is still used. */
const BUSY = /busy/i;
/** Deeper, nobody runs a container. */
const MAX_ANCESTORS = 32;

export class ProcHostMounts implements HostMounts {
  readonly #around: HostSurroundings;

  constructor(around: HostSurroundings) {
    this.#around = around;
  }

  async look(deviceName: string): Promise<HostDisk | undefined> {
    const { proc, sys } = this.#around;
    const host = await this.#host();
    const root = join(proc, String(host.pid), "root");
    const link = await readlink(join(root, devicePath(deviceName))).catch(() => undefined);
    if (link === undefined) return undefined;
    const numbers = await deviceNumbers(join(sys, "class/block"), basename(link));
    if (numbers.size === 0) return undefined;
    const devices = new Set(numbers.values());
    const mounts = await mountsOf(proc, host.pid);
    const own = await mountsOf(proc, "self");
    return {
      mounts: mounts.flatMap((mount): MountedHere[] => {
        const [name] = [...numbers].find(([, number]) => number === mount.device) ?? [];
        if (name === undefined) return [];
        const { point, type, options, root: part } = mount;
        const source = `${devicePath(deviceName)}${partOf(name, basename(link))}`;
        return [{ source, at: point, type, options, root: part }];
      }),
      users: await diskUsers({ proc, mounts, namespace: host.namespace }, devices),
      madeOfIt: await holdersOf(join(sys, "class/block"), [...numbers.keys()]),
      holdsEngine: own.some(({ device }) => devices.has(device)),
    };
  }

  async unmount(at: string, signal: AbortSignal): Promise<void> {
    await this.#inHost(`Unmounting ${at}`, ["umount", "--", at], signal);
  }

  async mount({ source, at, type, options }: HostMount, signal: AbortSignal): Promise<void> {
    const command = ["mount", "-t", type, "-o", options, "--", source, at];
    await this.#inHost(`Mounting ${source} on ${at}`, command, signal);
  }

  async #inHost(what: string, command: readonly string[], signal: AbortSignal): Promise<void> {
    const { pid } = await this.#host();
    const namespace = join(this.#around.proc, String(pid), "ns/mnt");
    const { exitCode, stderr } = await this.#around.run(
      ["nsenter", `--mount=${namespace}`, "--", ...command],
      signal,
    );
    if (exitCode === 0) return;
    const isBusy = BUSY.test(stderr);
    throw new HoldfastError(isBusy ? "refused" : "target", {
      what,
      why: stderr.trim().split("\n").join("; ") || `it ended with ${exitCode}`,
      ...(isBusy ? { next: "see with `sudo fuser -vm` what uses it" } : {}),
    });
  }

  /** The nearest ancestor of this process that lives in another mount namespace: what the engine runs containers by. */
  async #host(): Promise<{ pid: number; namespace: string }> {
    const { proc } = this.#around;
    const own = await readlink(join(proc, "self/ns/mnt"));
    let pid = await parentOf(proc, "self");
    for (let depth = 0; depth < MAX_ANCESTORS && pid !== undefined; depth++) {
      const namespace = await readlink(join(proc, String(pid), "ns/mnt")).catch(() => undefined);
      if (namespace !== undefined && namespace !== own) return { pid, namespace };
      pid = await parentOf(proc, pid);
    }
    throw new HoldfastError("runtime", {
      what: "Entering the machine's mount namespace",
      why: "this container does not see the machine's processes",
      next: "let the engine make containers with `pid: host`",
    });
  }
}

/** Of the disk and of its partitions, by their names. */
async function deviceNumbers(blocks: string, disk: string): Promise<Map<string, string>> {
  const directory = await realpath(join(blocks, disk)).catch(() => undefined);
  if (directory === undefined) return new Map();
  const inside = (await readdir(directory)).filter((name) => name.startsWith(disk));
  const found = new Map<string, string>();
  for (const [name, path] of [[disk, directory], ...inside.map((name) => [name, join(directory, name)])]) {
    const number = await readFile(join(path ?? "", "dev"), "utf8").catch(() => undefined);
    if (number !== undefined) found.set(name ?? "", number.trim());
  }
  return found;
}

/** `-part1` of `sdb1`, as of `nvme0n2p1`. */
function partOf(name: string, disk: string): string {
  const number = /(\d+)$/.exec(name.slice(disk.length))?.[1];
  return number === undefined ? "" : `-part${number}`;
}

async function holdersOf(blocks: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) => readdir(join(blocks, name, "holders")).catch(() => [])),
  );
  return found.flat();
}

/** Of this machine. */
export const thisMachine: HostSurroundings = {
  proc: "/proc",
  sys: "/sys",
  run: ([program = "", ...args], signal) =>
    new Promise((resolve, reject) => {
      execFile(program, args, { signal }, (error, _stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stderr });
        else if (typeof error.code === "number") resolve({ exitCode: error.code, stderr });
        else reject(asError(error));
      });
    }),
};
