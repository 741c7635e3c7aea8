/** Where a drill restores to: a directory of its own, locked for as long as the drill lives, so that what a killed one left is known for sure. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";
import { errnoOf } from "../../archive/restore/moves.ts";
import { kernelCalls } from "../../archive/restore/kernel-calls.ts";
import { removeTree } from "../../archive/restore/remove-tree.ts";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { fateOfMark, PROCESS_MARK, processMark } from "../../ports/process-mark.ts";

const PATTERN = new RegExp(`^drill-(?<mark>${PROCESS_MARK})-[0-9a-f]{12}$`);

export interface DrillPlace {
  readonly directory: string;
  /** On containers of the drill: they are left over when the directory is gone. */
  readonly name: string;
  /** With all that is in it. */
  remove(): Promise<void>;
}

export async function makeDrillPlace(parent: string, processes: ProcessTable): Promise<DrillPlace> {
  const name = `drill-${processMark(processes.self)}-${randomBytes(6).toString("hex")}`;
  const directory = join(parent, name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const lock = await openDirectory(directory);
    kernelCalls().lock?.(lock.fd);
    return {
      ...{ directory, name },
      remove: async () => {
        await removeTree(directory);
        await lock.close();
      },
    };
  } catch (error) {
    throw new HoldfastError("source", {
      what: `Making a directory to restore to in ${parent}`,
      why: messageOf(error),
      next: "see that this directory can be written, or name another one as `scratch` in the config",
      cause: error,
    });
  }
}

/** Removes the directories of drills that live no more, of any job; gives their paths. */
export async function sweepDrillPlaces(parent: string, processes: ProcessTable): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await namesIn(parent)) {
    const path = join(parent, name);
    if (!isDrillPlace(name) || !(await isLeft(path, processes))) continue;
    await removeTree(path);
    removed.push(path);
  }
  return removed;
}

/** Names of the places of drills that are there. */
export async function drillPlaces(parent: string): Promise<string[]> {
  return (await namesIn(parent)).filter(isDrillPlace);
}

function isDrillPlace(name: string): boolean {
  return PATTERN.test(name);
}

async function namesIn(parent: string): Promise<string[]> {
  try {
    return await readdir(parent);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Who cannot be seen from here, as in another container, is known by its lock. */
async function isLeft(path: string, processes: ProcessTable): Promise<boolean> {
  const fate = fateOfMark(PATTERN.exec(basename(path))?.groups?.["mark"] ?? "", processes);
  if (fate !== "unknown") return fate === "dead";
  try {
    const lock = await openDirectory(path);
    try {
      return kernelCalls().lock?.(lock.fd) === true;
    } finally {
      await lock.close();
    }
  } catch (error) {
    // Its drill has just ended.
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

function openDirectory(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
