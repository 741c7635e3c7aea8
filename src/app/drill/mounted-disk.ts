/** Mounts a disk that has just been attached, to look at what is on it. In a container: its mounts end with it, however that ends. */
import { mkdir, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../archive/restore/moves.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";

export interface MountSurroundings {
  clock: Clock;
  /** An empty directory. */
  at: string;
  run: (command: readonly string[], signal: AbortSignal) => Promise<{ exitCode: number; stderr: string }>;
}

export interface MountedDisk {
  /** Where its file systems are: that of the whole disk, or those of its partitions. */
  roots: readonly string[];
  /** Of what could not be mounted, as the system says it. */
  refusals: readonly string[];
}

/** The machine sees a disk a moment after the cloud says that it is attached. */
const SEEN_WITHIN: Milliseconds = MINUTE;
const LOOK_EVERY: Milliseconds = SECOND / 2;
/** Of the first bytes of an XFS file system. */
const XFS = "XFSB";

/** `device`: the link that bears the disk's name; those of its partitions are beside it. Nothing of it is mounted when `work` has ended. */
export async function withMountedDisk<T>(
  device: string,
  around: MountSurroundings,
  signal: AbortSignal,
  work: (disk: MountedDisk) => Promise<T>,
): Promise<T> {
  await awaitDevice(device, around.clock, signal);
  const roots: string[] = [];
  const refusals: string[] = [];
  try {
    for (const candidate of [device, ...(await partitionsOf(device))]) {
      const root = join(around.at, basename(candidate));
      await mkdir(root, { recursive: true });
      const options = ["ro,nosuid,nodev,noexec", ...(await moreOptions(candidate))].join(",");
      const ended = await around.run(["mount", "-o", options, candidate, root], signal);
      if (ended.exitCode === 0) roots.push(root);
      else refusals.push(ended.stderr.trim().split("\n")[0]?.replace(/\.$/, "") ?? "");
      // A file system without partitions.
      if (candidate === device && ended.exitCode === 0) break;
    }
    return await work({ roots, refusals });
  } finally {
    for (const root of roots) await around.run(["umount", root], new AbortController().signal);
  }
}

async function awaitDevice(device: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const giveUpAt = clock.monotonic() + SEEN_WITHIN;
  for (;;) {
    if (await isThere(device)) return;
    if (clock.monotonic() >= giveUpAt) break;
    await clock.sleep(LOOK_EVERY, { signal });
  }
  throw new HoldfastError("runtime", {
    what: `Looking at the disk ${basename(device)}`,
    why: `it is attached, and this machine has shown no ${device} within ${SEEN_WITHIN / SECOND} s`,
    next: "see that the machine has udev and Google's rules for it (`ls -l /dev/disk/by-id`)",
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function partitionsOf(device: string): Promise<string[]> {
  const begin = `${basename(device)}-part`;
  const names = await readdir(dirname(device));
  return names
    .filter((name) => name.startsWith(begin))
    .sort()
    .map((name) => join(dirname(device), name));
}

/** A copy has the id of the file system that it is of, which may be mounted here, too: XFS would refuse it. */
async function moreOptions(device: string): Promise<string[]> {
  const file = await open(device);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1") === XFS ? ["nouuid"] : [];
  } finally {
    await file.close();
  }
}
