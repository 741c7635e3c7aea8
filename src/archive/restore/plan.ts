/** The plan of a restore: which entries, and which frames they need, in the order in which they are needed. */
import type { ObjectReader } from "../../ports/object-reader.ts";
import { isWithin } from "../byte-path.ts";
import type { FrameRun } from "../decode-frames.ts";
import { FramedObject } from "../framed-object.ts";
import { hasContent, rawTarget, type ContentEntry } from "../index-entry.ts";
import { toSelection } from "../read-index.ts";
import { HeldFrames } from "./held-frames.ts";
import type { PlannedEntry } from "./planned-entry.ts";

/** Opens the archive of a point; undefined asks for that of the point being restored. */
export type ArchiveOf = (point: string | undefined) => ObjectReader | Promise<ObjectReader>;

/** Opens each archive once. */
export class ArchiveSet {
  readonly #open: ArchiveOf;
  readonly #signal: AbortSignal | undefined;
  readonly #points = new Map<FramedObject, string | undefined>();
  readonly #opened = new Map<string | undefined, Promise<FramedObject>>();

  constructor(open: ArchiveOf, signal: AbortSignal | undefined) {
    this.#open = open;
    this.#signal = signal;
  }

  of(point: string | undefined): Promise<FramedObject> {
    const opened = this.#opened.get(point) ?? this.#openFramed(point);
    this.#opened.set(point, opened);
    return opened;
  }

  /** Of an archive that was opened here. */
  pointOf(object: FramedObject): string | undefined {
    return this.#points.get(object);
  }

  async #openFramed(point: string | undefined): Promise<FramedObject> {
    const object = await FramedObject.open(await this.#open(point), this.#signal);
    this.#points.set(object, point);
    return object;
  }
}

/** Frames to read, and the archives whose last frames are dropped before. */
export interface PlannedRun extends FrameRun {
  dropped: readonly FramedObject[];
}

/** A step of the plan: the frames to have at hand, then the entries that take their bytes from them. */
export interface PlanStep {
  entries: PlannedEntry[];
  runs: PlannedRun[];
}

const ENTRIES_A_STEP = 512;
const FRAMES_A_STEP = 64;

/**
 * Groups the entries, which are those that `paths` select, into steps of bounded size. A frame that an entry before also used
 * is not asked for again, so whoever carries the plan out keeps the last frame of each archive until a run drops it.
 */
export async function* planSteps(
  entries: AsyncIterable<PlannedEntry>,
  archives: ArchiveSet,
  paths: readonly string[] | undefined,
): AsyncGenerator<PlanStep> {
  const selected = paths?.map(toSelection);
  const held = new HeldFrames();
  let step: PlanStep = { entries: [], runs: [] };
  let frames = 0;
  for await (const entry of entries) {
    step.entries.push(entry);
    if (entry.taken === undefined && hasContent(entry) && readsContent(entry, selected))
      frames += await addFrames(step.runs, entry, archives, held);
    if (step.entries.length < ENTRIES_A_STEP && frames < FRAMES_A_STEP) continue;
    yield step;
    step = { entries: [], runs: [] };
    frames = 0;
  }
  if (step.entries.length > 0) yield step;
}

/** Not of an empty file, and not of a second name of a file that is restored as well. */
export function readsContent(entry: ContentEntry, selected: readonly string[] | undefined): boolean {
  if (entry.size === 0) return false;
  if (entry.type !== "hardlink") return true;
  return selected?.every((path) => !isWithin(rawTarget(entry), path)) ?? false;
}

async function addFrames(
  runs: PlannedRun[],
  entry: ContentEntry,
  archives: ArchiveSet,
  held: HeldFrames,
): Promise<number> {
  const { point, offset } = entry.data;
  const object = await archives.of(point);
  const last = object.frameHolding(offset + entry.size - 1);
  const needed = object.frameHolding(offset);
  const first = held.has(object, needed) ? needed + 1 : needed;
  const dropped = held.hold(object, last);
  if (first > last) return 0;
  const previous = runs.at(-1);
  if (previous?.object === object && previous.last + 1 === first && dropped.length === 0)
    previous.last = last;
  else runs.push({ object, first, last, dropped });
  return last - first + 1;
}
