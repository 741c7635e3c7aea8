/** Decodes every frame of an object, going on after a damaged one. */
import { messageOf, type HoldfastError } from "../../domain/errors.ts";
import { inOrder, type Started } from "../decode-frames.ts";
import { decompressFrame } from "../frame.ts";
import { damaged, type Frame, type FramedObject, type RawFrame } from "../framed-object.ts";
import { checksumOf } from "../seek-table.ts";

export type CheckedFrame =
  | { intact: true; number: number; content: Buffer }
  /** Positions in the decoded object. */
  | { intact: false; number: number; start: number; end: number; message: string; error: HoldfastError };

/** Those frames in order. Throws only where the object cannot be read on: the store fails, or it is cut. */
export function checkFrames(
  object: FramedObject,
  signal: AbortSignal | undefined,
  { first, last }: { first: number; last: number } = { first: 0, last: object.frameCount - 1 },
): AsyncGenerator<CheckedFrame> {
  return inOrder(settle(object, first, last, signal));
}

async function* settle(
  object: FramedObject,
  first: number,
  last: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Started<CheckedFrame>> {
  if (last < first) return;
  for await (const frame of object.rawFrames(first, last, { signal })) yield { result: check(object, frame) };
}

async function check(object: FramedObject, { compressed, ...frame }: RawFrame): Promise<CheckedFrame> {
  const { number, start, size } = frame;
  try {
    const content = await decompressFrame(compressed, size);
    assertInPlace(object, frame, compressed);
    return { intact: true, number, content };
  } catch (error) {
    const which = `frame ${number + 1} of ${object.frameCount}`;
    const why = `${which} (content bytes ${start} to ${start + size}) is damaged: ${messageOf(error)}`;
    const told = damaged(object.name, why);
    return { intact: false, number, start, end: start + size, message: told.message, error: told };
  }
}

/** A frame that is whole may still be another one: the seek table says which belongs here. */
function assertInPlace(object: FramedObject, frame: Frame, compressed: Buffer): void {
  const checksum = checksumOf(compressed);
  if (frame.checksum === undefined || frame.checksum === checksum) return;
  const other = object.frameLike(checksum, compressed.length);
  throw new Error(
    other === undefined
      ? "it is whole but not the one that was written here"
      : `it is a copy of frame ${other + 1}, which was exchanged or written twice`,
  );
}
