/** A file system whose files can share bytes: only root in a machine that has loop devices and the program to make one can have it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** Btrfs takes no less. */
const SIZE = 128 * 1024 ** 2;

/** To be said with a skipped test. */
export const CLONES_NEEDED = "needs mkfs.btrfs, a loop device and the right to mount";

export function canMountClones(): boolean {
  const trial = mkdtempSync(join(tmpdir(), "holdfast-"));
  try {
    mount(trial);
    unmount(trial);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(trial, { recursive: true });
  }
}

/** Gives a directory of it, which is there until the test has ended. */
export function mountClones(directory: string): string {
  const mounted = mount(directory);
  onTestFinished(() => unmount(directory));
  return mounted;
}

function mount(directory: string): string {
  const image = join(directory, "image");
  const mounted = join(directory, "mounted");
  writeFileSync(image, "");
  truncateSync(image, SIZE);
  mkdirSync(mounted);
  execFileSync("mkfs.btrfs", ["-q", "--mixed", image], { stdio: "pipe" });
  execFileSync("mount", ["-o", "loop", image, mounted], { stdio: "pipe" });
  return mounted;
}

function unmount(directory: string): void {
  execFileSync("umount", ["-l", join(directory, "mounted")], { stdio: "pipe" });
}
