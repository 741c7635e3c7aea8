/** Re-reads a stored volume archive and its index, each once, and finds everything that is not as it was written. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { FramedObject } from "./framed-object.ts";
import { hasContent } from "./index-entry.ts";
import { readIndex } from "./read-index.ts";
import { checkMembers } from "./verify/check-members.ts";
import type { DamagedRanges } from "./verify/damaged-ranges.ts";
import { EntryCursor, type EntryCheck } from "./verify/entry-cursor.ts";
import { FrameScan } from "./verify/frame-scan.ts";
import type { VerifyProblem } from "./verify/problem.ts";

export type { VerifyProblem } from "./verify/problem.ts";

export interface VerifyArchiveOptions {
  index: ObjectReader;
  archive: ObjectReader;
  /** Told every entry of the index, in its order, as far as it can be read. */
  checkEntry?: EntryCheck | undefined;
  signal?: AbortSignal | undefined;
  /** Told the archive's decoded bytes that were checked. */
  onProgress?: ((progress: { bytes: number; totalBytes: number }) => void) | undefined;
}

/**
 * Decodes every frame of both objects, reads the tar, and checks each member against its index line and digest. Yields
 * what is wrong, naming the files; nothing when all is well. Throws only when the store fails or the signal fires.
 */
export async function* verifyArchive(options: VerifyArchiveOptions): AsyncGenerator<VerifyProblem> {
  const { index, signal } = options;
  const entries = new EntryCursor(index.name, readIndex(index, { signal }), options.checkEntry);
  const opened: { archive?: FramedObject } = {};
  const problem = await damageOf(options.archive.name, async () => {
    opened.archive = await FramedObject.open(options.archive, signal);
  });
  if (problem !== undefined) yield problem;
  if (opened.archive !== undefined) yield* verifyFrames(opened.archive, entries, options);
  while ((await entries.next()) !== undefined);
  yield* entries.problems;
}

async function* verifyFrames(
  archive: FramedObject,
  entries: EntryCursor,
  { signal, onProgress }: VerifyArchiveOptions,
): AsyncGenerator<VerifyProblem> {
  const onBytes = (bytes: number) => onProgress?.({ bytes, totalBytes: archive.size });
  const frames = new FrameScan(archive, onBytes, signal);
  const isBroken = () => frames.isBroken || entries.isBroken;
  const members = checkMembers({ contents: frames.untilBroken(), isBroken }, entries, archive.name);
  yield* whileReadable(members, archive.name, isBroken);
  const cut = await damageOf(archive.name, () => frames.finish());
  yield* frames.problems;
  if (cut !== undefined) yield cut;
  if (!frames.damaged.isEmpty) yield* filesIn(frames.damaged, entries, archive.name);
}

/** Differences between tar and index; those that only follow from other damage are left to its own report. */
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

/** The files with content in a damaged frame. The cursor stands at the first that the tar reader did not come to the end of. */
async function* filesIn(
  damaged: DamagedRanges,
  entries: EntryCursor,
  object: string,
): AsyncGenerator<VerifyProblem> {
  let entry = entries.current ?? (await entries.next());
  for (; entry !== undefined; entry = await entries.next()) {
    if (!hasContent(entry) || !damaged.touch(entry.data.offset, entry.size)) continue;
    const message = `${entry.path} cannot be restored whole: its frame is damaged`;
    yield { object, path: entry.path, message };
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
