/** Re-reads a stored volume archive and its index, and finds everything that is not as it was written. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { FramedObject } from "./framed-object.ts";
import { hasContent, type IndexEntry } from "./index-entry.ts";
import { readIndex } from "./read-index.ts";
import { checkFrames, type CheckedFrame } from "./verify/check-frames.ts";
import { checkMembers } from "./verify/check-members.ts";
import type { VerifyProblem } from "./verify/problem.ts";

export type { VerifyProblem } from "./verify/problem.ts";

export interface VerifyArchiveOptions {
  index: ObjectReader;
  archive: ObjectReader;
  signal?: AbortSignal | undefined;
  /** Told the archive's decoded bytes that were checked. */
  onProgress?: ((progress: { bytes: number; totalBytes: number }) => void) | undefined;
}

/**
 * Decodes every frame of both objects, reads the tar, and checks each member against its index line and digest. Yields
 * what is wrong, naming the files; nothing when all is well. Throws only when the store fails or the signal fires.
 */
export async function* verifyArchive(options: VerifyArchiveOptions): AsyncGenerator<VerifyProblem> {
  const indexProblem = await damageOf(options.index.name, () => exhaust(readIndex(options.index, options)));
  if (indexProblem !== undefined) yield indexProblem;
  const opened: { archive?: FramedObject } = {};
  const archiveProblem = await damageOf(options.archive.name, async () => {
    opened.archive = await FramedObject.open(options.archive, options.signal);
  });
  if (archiveProblem !== undefined) yield archiveProblem;
  if (opened.archive !== undefined) yield* verifyFrames(opened.archive, options, indexProblem === undefined);
}

type BrokenFrame = Extract<CheckedFrame, { intact: false }>;

async function* verifyFrames(
  archive: FramedObject,
  options: VerifyArchiveOptions,
  indexIsWhole: boolean,
): AsyncGenerator<VerifyProblem> {
  const frames = new FrameScan(archive, options);
  if (indexIsWhole) {
    const entries = withMember(readIndex(options.index, options));
    const members = checkMembers(frames.untilBroken(), entries, archive.name);
    yield* whileReadable(members, archive.name, () => frames.broken.length > 0);
  }
  const cut = await damageOf(archive.name, () => frames.finish());
  for (const frame of frames.broken) yield* describe(frame, archive.name, options, indexIsWhole);
  if (cut !== undefined) yield cut;
}

/** Without those whose bytes another point holds. */
async function* withMember(entries: AsyncIterable<IndexEntry>): AsyncGenerator<IndexEntry> {
  for await (const entry of entries) if (entry.data?.point === undefined) yield entry;
}

/** Differences between tar and index; those that only follow from a broken frame are left to that frame's report. */
async function* whileReadable(
  members: AsyncGenerator<VerifyProblem>,
  object: string,
  isBroken: () => boolean,
): AsyncGenerator<VerifyProblem> {
  try {
    for await (const problem of members) if (!isBroken()) yield problem;
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== "damaged") throw error;
    if (!isBroken())
      yield { object, message: `${object} is not a tar that can be read: ${messageOf(error)}` };
  }
}

/** One pass over the frames, shared by the tar reader (up to the first broken frame) and the rest of the check. */
class FrameScan {
  readonly broken: BrokenFrame[] = [];
  readonly #frames: AsyncGenerator<CheckedFrame>;
  readonly #report: (bytes: number) => void;
  #bytes = 0;

  constructor(archive: FramedObject, { signal, onProgress }: VerifyArchiveOptions) {
    this.#frames = checkFrames(archive, signal);
    this.#report = (bytes) => onProgress?.({ bytes, totalBytes: archive.size });
  }

  async *untilBroken(): AsyncGenerator<Buffer> {
    for (;;) {
      const frame = await this.#next();
      if (frame?.intact !== true) return;
      yield frame.content;
    }
  }

  async finish(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  async #next(): Promise<CheckedFrame | undefined> {
    const next = await this.#frames.next();
    if (next.done === true) return undefined;
    const value = next.value;
    if (!value.intact) this.broken.push(value);
    this.#bytes += value.intact ? value.content.length : value.end - value.start;
    this.#report(this.#bytes);
    return value;
  }
}

/** The broken frame, and each file with content in it. */
async function* describe(
  frame: BrokenFrame,
  object: string,
  options: VerifyArchiveOptions,
  indexIsWhole: boolean,
): AsyncGenerator<VerifyProblem> {
  yield { object, message: frame.message };
  if (!indexIsWhole) return;
  for await (const entry of readIndex(options.index, options)) {
    if (entry.type !== "file" || !hasContent(entry) || entry.data.point !== undefined) continue;
    const { offset } = entry.data;
    if (offset >= frame.end) return;
    if (offset + entry.size > frame.start) {
      yield {
        object,
        path: entry.path,
        message: `${entry.path} cannot be restored whole: its frame is damaged`,
      };
    }
  }
}

/** The problem that an action finds; other errors pass. */
async function damageOf(object: string, action: () => Promise<void>): Promise<VerifyProblem | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "damaged") throw error;
    return { object, message: error.message };
  }
}

async function exhaust(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}
