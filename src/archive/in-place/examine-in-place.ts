/** Looks whether a directory can be restored to in place, before anything is done. Changes nothing. */
import { access, constants, lstat } from "node:fs/promises";

import { SIDE_FILES } from "../../domain/embedded-database.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { toText } from "../byte-path.ts";
import { contains, mountsBelow, readMounts } from "../restore/mount-table.ts";
import { errnoOf, unlessMissing } from "../restore/moves.ts";
import type { ProtectedPlace } from "../restore/protected-places.ts";
import { examineTarget } from "../restore/target.ts";
import { targetError } from "../restore/target-error.ts";
import { beneath, kindBeneath } from "./beneath.ts";
import { partsOf, selectionsOf, strayFiles } from "./choose-parts.ts";

export interface InPlaceRules {
  /** Only these files or subtrees of it; all of it without them. */
  paths?: readonly string[] | undefined;
  /** Files that go with what comes by `paths`, with nothing in their place: those of a database in another state. */
  leaving?: readonly string[] | undefined;
  protectedPlaces?: readonly ProtectedPlace[] | undefined;
}

export interface InPlaceTarget {
  /** Its real path. */
  path: string;
  exists: boolean;
  /** What will be replaced: paths relative to it, as text. */
  replaced: string[];
}

/** Throws `usage` or `refused` with the reason. */
export async function examineInPlace(given: string, rules: InPlaceRules): Promise<InPlaceTarget> {
  const { protectedPlaces } = rules;
  try {
    await assertNotReadOnly(given);
    const { path, exists } = await examineTarget(given, { onExisting: "in-place", protectedPlaces });
    if (!exists) return { path, exists, replaced: [] };
    await access(path, constants.W_OK | constants.X_OK);
    const selections = selectionsOf(rules.paths);
    const parts = await partsOf(path, selections);
    if (selections !== undefined) parts.push(...(await strayFiles(path, rules.leaving ?? [])));
    await assertNoMounts(given, path, selections === undefined ? undefined : parts);
    await assertMovable(given, path, parts);
    return { path, exists, replaced: await present(path, parts, selections) };
  } catch (error) {
    throw targetError(given, error);
  }
}

/** What a restore in place would replace in a directory that somebody else will write to. */
export async function lookInPlace(
  path: string,
  paths: readonly string[] | undefined,
): Promise<InPlaceTarget> {
  try {
    const selections = selectionsOf(paths);
    const replaced = await present(path, await partsOf(path, selections), selections);
    return { path, exists: true, replaced };
  } catch (error) {
    throw targetError(path, error);
  }
}

/** With what may be side files of a database that comes: whether it is one, the point knows. */
async function present(
  path: string,
  parts: readonly string[],
  selections: readonly string[] | undefined = [],
): Promise<string[]> {
  const there: string[] = [];
  const known = new Set(parts);
  for (const selected of selections)
    for (const suffix of Object.values(SIDE_FILES).flat())
      if (!known.has(selected + suffix) && (await kindBeneath(path, selected + suffix)) === "other")
        there.push(toText(selected + suffix).text);
  for (const part of parts) {
    if ((await kindBeneath(path, part)) !== "missing") there.push(toText(part).text);
  }
  return there;
}

/** As the guide tells to mount a source for backups. */
async function assertNotReadOnly(given: string): Promise<void> {
  const error = await access(given, constants.W_OK).then(() => undefined, errnoOf);
  if (error !== "EROFS") return;
  throw new HoldfastError("usage", {
    what: `Restoring to ${given}`,
    why: "it is mounted read-only here",
    next: "mount it without `:ro` for the restore, or restore to another directory with --to",
  });
}

/** What is mounted below could not be moved aside, nor anything moved across it. */
async function assertNoMounts(
  given: string,
  target: string,
  parts: readonly string[] | undefined,
): Promise<void> {
  const isInTheWay = (mount: string): boolean =>
    parts
      ?.map((part) => `${target}/${toText(part).text}`)
      .some((at) => contains(at, mount) || contains(mount, at)) ?? true;
  const first = mountsBelow(await readMounts(), target).find(isInTheWay);
  if (first === undefined) return;
  throw new HoldfastError("refused", {
    what: `Restoring to ${given}`,
    why: `${first} is mounted below it, and cannot be moved aside`,
    next: "unmount it, restore only other parts with --path, or restore to a new directory",
  });
}

/** In a directory whose sticky bit is set only the owner of something may rename it. */
async function assertMovable(given: string, target: string, parts: readonly string[]): Promise<void> {
  const user = process.geteuid?.();
  if (user === undefined || user === 0) return;
  for (const part of parts) {
    const why = await beneath(target, part, (at) => whyStuck(at, user));
    if (why === undefined) continue;
    throw new HoldfastError("usage", {
      what: `Restoring to ${given}`,
      why: `this user may not move ${toText(part).text} aside, ${why}`,
      next: "restore as its owner or as root",
    });
  }
}

async function whyStuck(path: Buffer, user: number): Promise<string | undefined> {
  const parent = await lstat(Buffer.concat([path.subarray(0, path.lastIndexOf("/") + 1), Buffer.from(".")]));
  await access(path.subarray(0, path.lastIndexOf("/")), constants.W_OK | constants.X_OK);
  const stats = await lstat(path).catch(unlessMissing);
  if (stats === undefined || stats.uid === user) return undefined;
  if ((parent.mode & 0o1000) !== 0 && parent.uid !== user) return "because another user owns it";
  // To give a directory another parent is to write to it.
  const isWritable = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  return stats.isDirectory() && !isWritable ? "because another user owns that directory" : undefined;
}
