/** What a restore in place writes down before its first move, so that whoever finds it unfinished can end it. */
import { open, readFile, rename } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import type { ProcessIdentity } from "../../ports/process-identity.ts";
import { fromText, ROOT_PATH, unsafeBecause, type PathText } from "../byte-path.ts";
import { unlessMissing } from "../restore/moves.ts";
import { isKeptName } from "../restore/staging-name.ts";
import { syncPath } from "../restore/sync-tree.ts";
import type { SwapArea } from "./swap-area.ts";

/** Each is on the disk before the first move, so that none needs room there. */
export type SwapPhase = keyof typeof FORMAT_OF_PHASES;

/** The oldest format whose readers know the phase. */
const FORMAT_OF_PHASES = { swapping: 1, swapped: 1, "on-trial": 2, reverting: 2 } as const;

export interface SwapJournal {
  /** 2 where there is a trial. */
  format: 1 | 2;
  /**
   * - `swapping`: any number of the moves was made; ends by undoing them.
   * - `on-trial`: all were made and are on the disk, and services use the new content; ends by keeping both, unless somebody says which stays.
   * - `reverting`: the new content is not to stay; any number of the moves was undone, and ends by undoing the rest.
   * - `swapped`: all were made and are on the disk; ends by giving up the old content.
   */
  phase: SwapPhase;
  owner: ProcessIdentity;
  /** Which restore it is, for messages: `the restore of point …`. */
  title: string;
  /** Moved out of the target first, then into it; paths relative to it. */
  aside: PathText[];
  fresh: PathText[];
  /** What must not be beside the fresh parts, and beside the old ones only where it is one of them. */
  leaving?: PathText[];
  keepOld: boolean;
  /** What is kept gets this name in the target. */
  keptName: string;
  /** The target's own metadata is restored, too. */
  isWhole: boolean;
  /** Of the target itself, in nanoseconds: what it had, and what it shall have. */
  mtime: { before: string; after: string };
}

/** Before the first move. Resolves when it is sure to survive a power cut. */
export async function beginJournal(area: SwapArea, journal: Omit<SwapJournal, "phase">): Promise<void> {
  const phases = PHASES.filter((phase) => FORMAT_OF_PHASES[phase] <= journal.format);
  for (const phase of phases) await writeSynced(at(area, phase), { ...journal, phase });
  await enterPhase(area, "swapping");
}

/** Resolves when it is sure to survive a power cut. */
export async function enterPhase(area: SwapArea, phase: SwapPhase): Promise<void> {
  await rename(at(area, phase), area.journal);
  await syncPath(area.directory);
}

function at({ journal }: SwapArea, phase: SwapPhase): string {
  return `${journal}.${phase}`;
}

async function writeSynced(path: string, journal: SwapJournal): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Undefined where there is none: then nothing was moved, or all that followed is done. */
export async function readJournal(area: SwapArea): Promise<SwapJournal | undefined> {
  const text = await readFile(area.journal, "utf8").catch(unlessMissing);
  if (text === undefined) return undefined;
  const journal = parse(text);
  if (journal !== undefined && isSound(journal)) return journal;
  throw new HoldfastError("refused", {
    what: `Reading ${area.journal}`,
    why:
      journal === undefined
        ? "it is not a journal of a restore in place"
        : "it is damaged or was written by another version of Holdfast",
    next: `use the version that wrote it, or move what is in ${area.old} back to where it was and remove ${area.directory}`,
  });
}

const PHASES = Object.keys(FORMAT_OF_PHASES) as SwapPhase[];

/** Whoever uses the volume can write there, too: what it says must not lead out of the target. */
function isSound({
  format,
  phase,
  aside,
  fresh,
  leaving = [],
  keptName,
  mtime,
}: Partial<SwapJournal>): boolean {
  return (
    (format === 1 || format === 2) &&
    PHASES.some((known) => known === phase && FORMAT_OF_PHASES[known] <= format) &&
    [aside, fresh, leaving].every((paths) => Array.isArray(paths) && paths.every(isSafe)) &&
    typeof keptName === "string" &&
    isKeptName(keptName) &&
    [mtime?.before, mtime?.after].every((time) => typeof time === "string" && /^-?\d+$/.test(time))
  );
}

function isSafe(path: PathText): boolean {
  if (typeof path?.text !== "string" || !["string", "undefined"].includes(typeof path.bytes)) return false;
  const bytes = fromText(path);
  return bytes !== ROOT_PATH && unsafeBecause(bytes) === undefined;
}

function parse(text: string): SwapJournal | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as SwapJournal) : undefined;
  } catch {
    return undefined;
  }
}
