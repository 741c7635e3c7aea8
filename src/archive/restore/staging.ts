/**
 * Where a restore writes until it is whole, and the swap at its end. A target that does not exist, or can be replaced by
 * a rename, is staged beside it; a mount point, or one whose parent may not be written, is staged inside itself.
 */
import { randomBytes } from "node:crypto";
import {
  access,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rmdir,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { HoldfastError } from "../../domain/errors.ts";
import { exchangePaths } from "./exchange-paths.ts";
import { removeTree } from "./remove-tree.ts";
import { swapContents } from "./swap-contents.ts";

export type OnExisting = "refuse" | "replace";

export interface Staging {
  /** The fresh directory, on the target's file system, open to its owner only. */
  readonly directory: string;
  /** Makes the staged tree the target. On an error the target is what it was. */
  swap(): Promise<void>;
  /** Removes what was staged; nothing once it was swapped. */
  discard(): Promise<void>;
}

/** Names of staging directories start so: what a killed restore leaves behind is found by it. */
export const STAGING_PREFIX = ".holdfast-restore-";

export async function openStaging(path: string, onExisting: OnExisting): Promise<Staging> {
  const target = await resolveTarget(path);
  const names = await namesIn(target);
  if (onExisting === "refuse" && names !== undefined && names.length > 0) {
    throw new HoldfastError("refused", {
      what: `Restoring to ${path}`,
      why: "the directory is not empty",
      next: "choose an empty or new directory, or add --replace",
    });
  }
  const createdParent = await mkdir(dirname(target), { recursive: true });
  const name = `${STAGING_PREFIX}${randomBytes(6).toString("hex")}`;
  const inside = names !== undefined && (await isHeldInPlace(target));
  const directory = join(inside ? target : dirname(target), name);
  await mkdir(inside ? join(directory, "new") : directory, { mode: 0o700, recursive: inside });
  if (inside) return insideStaging(directory, target);
  return besideStaging(directory, target, names !== undefined, createdParent);
}

function besideStaging(
  directory: string,
  target: string,
  exists: boolean,
  createdParent: string | undefined,
): Staging {
  let swapped = false;
  return {
    directory,
    async swap() {
      const old = exists ? await replaceTarget(directory, target) : undefined;
      if (old === undefined) await rename(directory, target);
      swapped = true;
      if (old !== undefined) await removeTree(old);
    },
    async discard() {
      if (swapped) return;
      await removeTree(directory);
      await removeCreated(createdParent, dirname(target));
    },
  };
}

/** Gives the path that the old target has now. A kill in between finds a target, except where paths cannot be exchanged. */
async function replaceTarget(directory: string, target: string): Promise<string> {
  if (exchangePaths(directory, target)) return directory;
  const old = `${directory}-old`;
  await rename(target, old);
  try {
    await rename(directory, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  return old;
}

function insideStaging(directory: string, target: string): Staging {
  const fresh = join(directory, "new");
  return {
    directory: fresh,
    async swap() {
      await swapContents({ fresh, target, aside: join(directory, "old"), staging: basename(directory) });
    },
    discard: () => removeTree(directory),
  };
}

async function resolveTarget(path: string): Promise<string> {
  const absolute = resolve(path);
  const stats = await lstat(absolute).catch(ignoreMissing);
  if (stats === undefined) return absolute;
  const target = await realpath(absolute);
  if ((await lstat(target)).isDirectory()) return target;
  const next = "choose a directory";
  throw new HoldfastError("refused", { what: `Restoring to ${path}`, why: "it is not a directory", next });
}

/** Undefined when the directory does not exist. */
async function namesIn(directory: string): Promise<string[] | undefined> {
  return readdir(directory).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** True when the directory itself cannot be renamed. */
async function isHeldInPlace(target: string): Promise<boolean> {
  const parentWritable = await access(dirname(target), constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return !parentWritable || target === "/" || (await isMountPoint(target));
}

/** Asks the kernel's table, because a bind mount within one file system has the same device as its parent. */
async function isMountPoint(target: string): Promise<boolean> {
  const own = (await lstat(target)).dev;
  if (own !== (await lstat(dirname(target))).dev) return true;
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(ignoreMissing);
  return (table ?? "").split("\n").some((line) => unescapeMount(line.split(" ")[4] ?? "") === target);
}

function unescapeMount(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Removes the parents that were made for the target, as long as they are empty. */
async function removeCreated(first: string | undefined, last: string): Promise<void> {
  if (first === undefined) return;
  for (let at = last; at.startsWith(first); at = dirname(at)) {
    await rmdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
    });
  }
}
