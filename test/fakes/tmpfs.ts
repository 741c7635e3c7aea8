/** File systems for tests of mount points: only root in a machine that lets it can have them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** Mounted on the directory, which is made, until the test has ended. */
export function mountTmpfs(directory: string, size = "64m"): void {
  const name = `holdfast-${process.pid}-${count++}`;
  mkdirSync(directory, { recursive: true });
  mount(name, directory, size);
  onTestFinished(() => unmount(pointOf(name)));
}

let count = 0;

/** Where a mount is now: it goes with a directory above it that is renamed. */
function pointOf(name: string): string {
  const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return lines.find((line) => line.startsWith(`${name} `))?.split(" ")[1] ?? "";
}

/** Lets one directory be reached by another path, too. */
export function bindMount(directory: string, also: string): void {
  mkdirSync(also, { recursive: true });
  execFileSync("mount", ["--bind", directory, also]);
  onTestFinished(() => unmount(also));
}

/** The same, to be read only there. */
export function bindReadOnly(directory: string, also: string): void {
  bindMount(directory, also);
  execFileSync("mount", ["-o", "remount,bind,ro", also]);
}

/** Lets a mounted directory be read only, until the test has ended. */
export function makeReadOnly(mounted: string): void {
  execFileSync("mount", ["-o", "remount,ro", mounted]);
}

/** To be said with a skipped test. */
export const MOUNTS_NEEDED = "needs the right to mount";

export function canMount(): boolean {
  const trial = mkdtempSync(join(tmpdir(), "holdfast-"));
  try {
    mount("holdfast-trial", trial, "1m");
    unmount(trial);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(trial);
  }
}

function mount(name: string, directory: string, size: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, name, directory], { stdio: "pipe" });
}

function unmount(directory: string): void {
  execFileSync("umount", ["-l", directory], { stdio: "pipe" });
}
