/** Decodes every frame of an object, going on after a damaged one. */
import { messageOf } from "../../domain/errors.ts";
import { inOrder, startDecoding, type DecodedFrame, type Started } from "../decode-frames.ts";
import type { FramedObject } from "../framed-object.ts";

export type CheckedFrame =
  | { intact: true; content: Buffer }
  /** Positions in the decoded object. */
  | { intact: false; start: number; end: number; message: string };

/** Every frame in order. Throws only where the object cannot be read on: the store fails, or it is cut. */
export function checkFrames(
  object: FramedObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<CheckedFrame> {
  return inOrder(settle(object, signal));
}

async function* settle(
  object: FramedObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Started<CheckedFrame>> {
  if (object.frameCount === 0) return;
  let number = 0;
  for await (const { result } of startDecoding([{ object, first: 0, last: object.frameCount - 1 }], signal)) {
    const { start, size } = object.frame(number);
    number += 1;
    yield { result: result.then(intact, (error: unknown) => broken(start, start + size, error)) };
  }
}

function intact({ content }: DecodedFrame): CheckedFrame {
  return { intact: true, content };
}

function broken(start: number, end: number, error: unknown): CheckedFrame {
  return { intact: false, start, end, message: messageOf(error) };
}
