/** Reads and decodes a part of a framed object, whole frames of it. */
import { FramedObject } from "../framed-object.ts";
import type { ObjectReader } from "../../ports/object-reader.ts";
import { hasCode } from "../../domain/errors.ts";
import { checkFrames } from "./check-frames.ts";
import type { VerifyProblem } from "./problem.ts";

export interface PartOptions {
  /** Stored bytes; widened to the borders of frames. */
  part: { from: number; to: number };
  signal: AbortSignal;
  /** Told the stored bytes that were read. */
  onBytes?: ((count: number) => void) | undefined;
}

export interface CheckedPart {
  /** What was read, of the stored bytes. */
  from: number;
  to: number;
  problems: VerifyProblem[];
}

const MAX_PROBLEMS = 100;

/** The seek table is checked each time; the last frame's part reaches to the object's end. Throws only when the store fails. */
export async function checkPart(reader: ObjectReader, options: PartOptions): Promise<CheckedPart> {
  const { part, signal } = options;
  const problems: VerifyProblem[] = [];
  try {
    const object = await FramedObject.open(reader, signal);
    const [first, last] = [frameAt(object, part.from), frameAt(object, part.to - 1)];
    await checkRun(object, { first, last }, options, problems);
    const isLast = last >= object.frameCount - 1;
    return {
      from: object.storedStart(first),
      to: isLast ? reader.size : object.storedStart(last + 1),
      problems,
    };
  } catch (error) {
    // Nothing more can be told from here; the rest of the object is as damaged.
    const why = hasCode(error, "not-found") ? `${reader.name} is missing` : undefined;
    if (why === undefined && !hasCode(error, "damaged")) throw error;
    problems.push({ object: reader.name, message: why ?? (error as Error).message });
    return { ...part, problems };
  }
}

async function checkRun(
  object: FramedObject,
  { first, last }: { first: number; last: number },
  { signal, onBytes }: PartOptions,
  problems: VerifyProblem[],
): Promise<void> {
  for await (const frame of checkFrames(object, signal, { first, last })) {
    onBytes?.(object.storedStart(frame.number + 1) - object.storedStart(frame.number));
    if (frame.intact || problems.length === MAX_PROBLEMS) continue;
    const { start, end, message } = frame;
    problems.push({ object: object.name, range: { start, end }, message });
  }
}

/** The number of the frame that the stored byte belongs to; the last one for those of the seek table. */
function frameAt(object: FramedObject, position: number): number {
  let low = 0;
  let high = object.frameCount - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (object.storedStart(middle) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
