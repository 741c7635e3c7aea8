/** Whether there is room for what a drill restores. */
import { freeBytes } from "../../archive/in-place/room.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { formatSize } from "../../domain/human-text.ts";

/** Who shares the disk goes on writing: the sidecar's own state above all. */
const LEFT_FREE = 0.05;

/** Throws `no-space` before a disk is filled that others live on. */
export async function assertRoom(directory: string, point: { id: string; bytes: number }): Promise<void> {
  const next = "free space there, or name a directory on a larger disk as `scratch` in the config";
  await assertSpace(directory, { what: `Drilling recovery point ${point.id}`, bytes: point.bytes, next });
}

/** The same for whatever takes so many bytes. `next`: what to do. */
export async function assertSpace(
  directory: string,
  { what, bytes, next }: { what: string; bytes: number; next: string },
): Promise<void> {
  const free = await freeBytes(directory);
  if (bytes <= free * (1 - LEFT_FREE)) return;
  throw new HoldfastError("no-space", {
    what,
    why: `it takes ${formatSize(bytes)}, and ${formatSize(free)} are free where ${directory} is`,
    next,
  });
}
