/** What a restore in place writes down before its first move, so that whoever finds it unfinished can end it. */
import { open, readFile, rename } from "node:fs/promises";

import { HoldfastError } from "../../domain/errors.ts";
import type { ProcessIdentity } from "../../ports/process-identity.ts";
import { fromText, ROOT_PATH, unsafeBecause, type PathText } from "../byte-path.ts";
import { unlessMissing } from "../restore/moves.ts";
import { isKeptName } from "../restore/staging-name.ts";
import { syncPath } from "../restore/sync-tree.ts";
import type { SwapArea } from "./swap-area.ts";

export interface SwapJournal {
  format: 1;
  /**
   * - `swapping`: any number of the moves was made; ends by undoing them.
   * - `swapped`: all were made and are on the disk; ends by giving up the old content.
   */
  phase: "swapping" | "swapped";
  owner: ProcessIdentity;
  /** Which restore it is, for messages: `the restore of point …`. */
  title: string;
  /** Moved out of the target first, then into it; paths relative to it. */
  aside: PathText[];
  fresh: PathText[];
  keepOld: boolean;
  /** What is kept gets this name in the target. */
  keptName: string;
  /** The target's own metadata is restored, too. */
  isWhole: boolean;
  /** Of the target itself, in nanoseconds: what it had, and what it shall have. */
  mtime: { before: string; after: string };
}

const FORMAT = 1;

/** Before the first move. Resolves when it is sure to survive a power cut. */
export async function beginJournal(area: SwapArea, journal: Omit<SwapJournal, "phase">): Promise<void> {
  // Both now, so that the end needs no room on the disk.
  await writeSynced(`${area.journal}.swapped`, { ...journal, phase: "swapped" });
  await writeSynced(`${area.journal}.swapping`, { ...journal, phase: "swapping" });
  await rename(`${area.journal}.swapping`, area.journal);
  await syncPath(area.directory);
}

/** After the last move. */
export async function completeJournal(area: SwapArea): Promise<void> {
  await rename(`${area.journal}.swapped`, area.journal);
  await syncPath(area.directory);
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
  if (journal?.format === FORMAT && isSound(journal)) return journal;
  throw new HoldfastError("refused", {
    what: `Reading ${area.journal}`,
    why:
      journal === undefined
        ? "it is not a journal of a restore in place"
        : "it is damaged or was written by another version of Holdfast",
    next: `use the version that wrote it, or move what is in ${area.old} back to where it was and remove ${area.directory}`,
  });
}

const PHASES: ReadonlySet<unknown> = new Set(["swapping", "swapped"]);

/** Whoever uses the volume can write there, too: what it says must not lead out of the target. */
function isSound({ phase, aside, fresh, keptName, mtime }: Partial<SwapJournal>): boolean {
  return (
    PHASES.has(phase) &&
    [aside, fresh].every((paths) => Array.isArray(paths) && paths.every(isSafe)) &&
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
