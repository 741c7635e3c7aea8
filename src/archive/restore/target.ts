/** Looks at the directory that a restore shall go to, and refuses what it must not or cannot go to. Changes nothing. */
import { access, constants, lstat, readdir } from "node:fs/promises";
import { dirname } from "node:path";

import { HoldfastError, type ErrorCode } from "../../domain/errors.ts";
import { mountsBelow, readMounts, type Mount } from "./mount-table.ts";
import { unlessMissing } from "./moves.ts";
import { assertUnprotected, type ProtectedPlace } from "./protected-places.ts";
import { realPath } from "./real-path.ts";
import { isStagingName } from "./staging-name.ts";
import { targetError } from "./target-error.ts";

export type OnExisting = "refuse" | "replace" | "in-place";

export interface TargetRules {
  /** What to do with a target that is not empty; whoever restores in place looks at what is below it (examine-in-place.ts). */
  onExisting: OnExisting;
  /** Where a restore must not go; nowhere without them. */
  protectedPlaces?: readonly ProtectedPlace[] | undefined;
}

export interface Target {
  /** Its real path. */
  path: string;
  exists: boolean;
  /** Of its entries; what restores keep in it is not counted. */
  names: string[];
  /** It cannot be renamed, so its entries are swapped one by one. */
  isHeldInPlace: boolean;
}

/** Throws `usage` or `refused` with the reason. */
export async function examineTarget(given: string, rules: TargetRules): Promise<Target> {
  try {
    return await examine(given, rules);
  } catch (error) {
    throw targetError(given, error);
  }
}

async function examine(given: string, { onExisting, protectedPlaces = [] }: TargetRules): Promise<Target> {
  const path = await realPath(given);
  const mounts = await readMounts();
  const found = await namesIn(given, path);
  const names = (found ?? []).filter((name) => !isStagingName(name));
  await assertUnprotected({ given, path, isEmpty: names.length === 0 }, protectedPlaces, mounts);
  if (names.length > 0) {
    if (onExisting === "refuse") {
      throw problem(
        "refused",
        given,
        "the directory is not empty",
        "choose an empty or new directory, or add --replace",
      );
    }
    if (onExisting === "replace") assertNoMountsBelow(given, path, mounts);
  }
  if (found === undefined) await assertCanBeMade(given, path);
  const isHeldInPlace =
    found !== undefined && (found.length > names.length || (await cannotBeRenamed(path, mounts)));
  if (isHeldInPlace) await access(path, constants.W_OK | constants.X_OK);
  return { path, names, isHeldInPlace, exists: found !== undefined };
}

/** Undefined when the directory does not exist. */
async function namesIn(given: string, path: string): Promise<string[] | undefined> {
  const stats = await lstat(path).catch(unlessMissing);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return readdir(path);
  throw problem("usage", given, "it is not a directory", "choose a directory");
}

/** What is mounted there is not the target's own: it cannot be moved aside, and its content must not be removed. */
function assertNoMountsBelow(given: string, path: string, mounts: readonly Mount[]): void {
  const [first] = mountsBelow(mounts, path);
  if (first === undefined) return;
  const why = `${first} is mounted below it, and what is mounted there would be lost`;
  throw problem("refused", given, why, "unmount it, or restore to a new directory");
}

/** The nearest directory above it that exists must take new ones. */
async function assertCanBeMade(given: string, path: string): Promise<void> {
  const above = dirname(path);
  const stats = await lstat(above).catch(unlessMissing);
  if (stats === undefined) return assertCanBeMade(given, above);
  if (!stats.isDirectory())
    throw problem("usage", given, `${above} is not a directory`, "choose a directory");
  await access(above, constants.W_OK | constants.X_OK);
}

async function cannotBeRenamed(path: string, mounts: readonly Mount[]): Promise<boolean> {
  const parent = dirname(path);
  // The table tells of bind mounts within one file system, the device of subvolumes.
  if (path === "/" || mounts.some(({ point }) => point === path)) return true;
  if ((await lstat(path)).dev !== (await lstat(parent)).dev) return true;
  return access(parent, constants.W_OK | constants.X_OK).then(
    () => false,
    () => true,
  );
}

function problem(code: ErrorCode, given: string, why: string, next: string): HoldfastError {
  return new HoldfastError(code, { what: `Restoring to ${given}`, why, next });
}
