/** The processes of the machine, as /proc shows them to a container that shares its process ids. */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DiskUser } from "../ports/host-mounts.ts";
import { parseMountTable, type TableMount } from "./mount-table.ts";

export interface ProcessView {
  pid: number;
  /** Names its mount namespace. */
  namespace: string;
}

/** Those that can be looked at. */
export async function processesIn(proc: string): Promise<ProcessView[]> {
  const names = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const views = await Promise.all(
    names.map(async (name) => {
      const namespace = await readlink(join(proc, name, "ns/mnt")).catch(() => undefined);
      return namespace === undefined ? [] : [{ pid: Number(name), namespace }];
    }),
  );
  return views.flat();
}

/** Its mounts; none of one that has ended. */
export async function mountsOf(proc: string, pid: number | "self"): Promise<TableMount[]> {
  return parseMountTable(await readFile(join(proc, String(pid), "mountinfo"), "utf8").catch(() => ""));
}

export async function parentOf(proc: string, pid: number | "self"): Promise<number | undefined> {
  const status = await readFile(join(proc, String(pid), "status"), "utf8").catch(() => "");
  const parent = /^PPid:\s+(\d+)$/m.exec(status)?.[1];
  return parent === undefined || parent === "0" ? undefined : Number(parent);
}

/** Whether one of its open files, its directory, its root or its program is on one of the devices (major:minor). */
export async function usesDevice(proc: string, pid: number, devices: ReadonlySet<string>): Promise<boolean> {
  const directory = join(proc, String(pid));
  const open = await readdir(join(directory, "fd")).catch(() => []);
  const paths = ["cwd", "root", "exe", ...open.map((name) => join("fd", name))];
  for (const path of paths) {
    const { dev } = await stat(join(directory, path)).catch(() => ({ dev: undefined }));
    if (dev !== undefined && devices.has(numberOf(dev))) return true;
  }
  return false;
}

export async function userOf(proc: string, pid: number): Promise<DiskUser> {
  const directory = join(proc, String(pid));
  const command = (await readFile(join(directory, "comm"), "utf8").catch(() => "")).trim();
  const groups = await readFile(join(directory, "cgroup"), "utf8").catch(() => "");
  return { pid, command, container: /[0-9a-f]{64}/.exec(groups)?.[0] };
}

/** As glibc's `major` and `minor` take it apart. */
function numberOf(dev: number): string {
  const number = BigInt(dev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
