/** Decodes frames in parallel and hands them out in order. */
import { availableParallelism } from "node:os";

import { messageOf } from "../domain/errors.ts";
import { decompressFrameInto } from "./frame.ts";
import { freshMemory, KeptMemory, type FrameMemory } from "./frame-memory.ts";
import { damaged, type Frame, type FramedObject, type RawFrame } from "./framed-object.ts";

/** Frames to read one after the other: `first` to `last` of one object, both included. */
export interface FrameRun {
  object: FramedObject;
  first: number;
  last: number;
}

export interface DecodedFrame extends Frame {
  object: FramedObject;
  content: Buffer;
}

/** Frames decoded ahead of their use; each is up to a slab of memory. */
const AHEAD = Math.min(availableParallelism(), 4) + 1;

/** The content of every frame of every run, in order; throws `damaged`, naming the first frame that is not whole. */
export function decodeFrames(runs: Iterable<FrameRun>, signal?: AbortSignal): AsyncGenerator<DecodedFrame> {
  return inOrder(startDecoding(runs, { signal }));
}

/** As decodeFrames, where each content is used only until the next one is asked for. */
export async function* decodePassing(
  runs: Iterable<FrameRun>,
  signal?: AbortSignal,
): AsyncGenerator<DecodedFrame> {
  const memory = new KeptMemory();
  for await (const frame of inOrder(startDecoding(runs, { signal, memory }))) {
    yield frame;
    memory.giveBack(frame.content);
  }
}

/** Work that was started, boxed because an async generator would wait for a bare promise. */
export interface Started<T> {
  result: Promise<T>;
}

export interface DecodingOptions {
  signal: AbortSignal | undefined;
  /** Takes the contents; each belongs to the caller. */
  memory?: FrameMemory;
  /** Takes what is read, until it is decoded. */
  stored?: FrameMemory;
}

/** Starts decoding each frame as soon as it was read. */
export async function* startDecoding(
  runs: Iterable<FrameRun>,
  { signal, memory = freshMemory, stored = new KeptMemory() }: DecodingOptions,
): AsyncGenerator<Started<DecodedFrame>> {
  for (const { object, first, last } of runs) {
    for await (const frame of object.rawFrames(first, last, { signal, memory: stored })) {
      const decoded = decode(object, frame, memory);
      yield { result: decoded.finally(() => stored.giveBack(frame.compressed)) };
    }
  }
}

/** The results of started work, in order, with a few under way at a time. */
export async function* inOrder<T>(work: AsyncIterable<Started<T>>): AsyncGenerator<T> {
  const ahead: Promise<T>[] = [];
  for await (const { result } of work) {
    // A failure is thrown when its turn comes; until then it must not count as unheard.
    result.catch(() => undefined);
    ahead.push(result);
    if (ahead.length > AHEAD) yield await (ahead.shift() as Promise<T>);
  }
  for (const result of ahead) yield await result;
}

/** All frames of one object. */
export function decodeObject(object: FramedObject, signal?: AbortSignal): AsyncGenerator<DecodedFrame> {
  const all = { object, first: 0, last: object.frameCount - 1 };
  return decodeFrames(object.frameCount === 0 ? [] : [all], signal);
}

async function decode(
  object: FramedObject,
  { compressed, ...frame }: RawFrame,
  memory: FrameMemory,
): Promise<DecodedFrame> {
  try {
    const content = memory.take(frame.size);
    await decompressFrameInto(compressed, content);
    return { ...frame, object, content };
  } catch (error) {
    const which = `frame ${frame.number + 1} of ${object.frameCount}`;
    const where = `content bytes ${frame.start} to ${frame.start + frame.size}`;
    throw damaged(object.name, `${which} (${where}) is damaged: ${messageOf(error)}`, error);
  }
}
