/** What is mounted where, from the kernel's table (proc_pid_mountinfo(5)); empty where there is none. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { unlessMissing } from "./moves.ts";

export interface Mount {
  point: string;
  /** The file system, as major:minor. */
  device: string;
  /** Which directory of the file system is mounted. */
  root: string;
}

/** In the order in which they were mounted. */
export async function readMounts(): Promise<Mount[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(unlessMissing);
  return parseMounts(table ?? "");
}

export function parseMounts(table: string): Mount[] {
  return table.split("\n").flatMap((line) => {
    const [, , device, root, point] = line.split(" ");
    if (device === undefined || root === undefined || point === undefined) return [];
    return [{ device, root: unescape(root), point: unescape(point) }];
  });
}

/** Spaces, tabs, line ends and backslashes are written in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

export function mountsBelow(mounts: readonly Mount[], directory: string): string[] {
  return mounts
    .map(({ point }) => point)
    .filter((point) => point !== directory && contains(directory, point));
}

/** Whether one is the other or lies within it, by their absolute paths. */
export function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** Where a real path lies in its file system, under whichever mount point it is reached. */
export interface Location {
  device: string;
  path: string;
}

export function locate(mounts: readonly Mount[], path: string): Location | undefined {
  const mount = mounts
    .filter(({ point }) => contains(point, path))
    .reduce<Mount | undefined>(
      (best, at) => (best && best.point.length > at.point.length ? best : at),
      undefined,
    );
  return mount && { device: mount.device, path: join(mount.root, relative(mount.point, path)) };
}
