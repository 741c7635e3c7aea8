/** Takes a stream of frames apart into the point's objects, with their backpressure, in bounded memory. */
import { createHash } from "node:crypto";
import { HoldfastError } from "../../../domain/errors.ts";
import type { ByteSink, CaptureRequest, CaptureSummary } from "../../../ports/source.ts";
import { END, HEADER_BYTES, MESSAGE, type HoldMessage, type StreamMessage } from "./frames.ts";

/** A summary with all the warnings there can be is far below. */
const LONGEST_MESSAGE = 16 * 1024 * 1024;

export type StreamEnd = Extract<StreamMessage, { type: "done" | "failed" }>;

/** What is made of the stream's messages. None of them may keep the stream waiting. */
export interface StreamHandlers extends Pick<CaptureRequest, "openObject" | "onProgress" | "onDatabase"> {
  onHold?: ((message: HoldMessage) => void) | undefined;
}

/** A sink for the stream's bytes as they come. Throws what is no such stream, and what an object's sink throws. */
export class FrameReader implements ByteSink {
  readonly #handlers: StreamHandlers;
  readonly #digest = createHash("sha256");
  readonly #objects: ByteSink[] = [];
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #left = 0;
  #held: Uint8Array[] = [];
  #outcome: StreamEnd | undefined;
  #isWhole = false;

  constructor(handlers: StreamHandlers) {
    this.#handlers = handlers;
  }

  /** How it ended; undefined while its end has not come. */
  get end(): StreamEnd | undefined {
    return this.#isWhole ? this.#outcome : undefined;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#isWhole) throw broken("it went on after its end");
      const isHeader = this.#headerBytes < HEADER_BYTES;
      const part = rest.subarray(0, isHeader ? HEADER_BYTES - this.#headerBytes : this.#left);
      rest = rest.subarray(part.length);
      if (isHeader) await this.#takeHeader(part);
      else await this.#takeContent(part);
    }
  }

  async #takeHeader(part: Uint8Array): Promise<void> {
    this.#header.set(part, this.#headerBytes);
    this.#headerBytes += part.length;
    if (this.#headerBytes < HEADER_BYTES) return;
    this.#left = this.#header.readUInt32BE(1);
    if (this.#what !== END) this.#digest.update(this.#header);
    if (this.#isHeld && this.#left > LONGEST_MESSAGE) throw broken("a message in it is too long");
    if (this.#left === 0) await this.#endFrame();
  }

  async #takeContent(part: Uint8Array): Promise<void> {
    this.#left -= part.length;
    if (this.#what !== END) this.#digest.update(part);
    // The memory is lent: what is kept is a copy.
    if (this.#isHeld) this.#held.push(Buffer.from(part));
    else await this.#object().write(part);
    if (this.#left === 0) await this.#endFrame();
  }

  async #endFrame(): Promise<void> {
    this.#headerBytes = 0;
    if (!this.#isHeld) return;
    const content = Buffer.concat(this.#held);
    this.#held = [];
    if (this.#what === END) this.#takeEnd(content);
    else this.#takeMessage(JSON.parse(content.toString("utf8")) as StreamMessage);
  }

  #takeMessage(message: StreamMessage): void {
    if (this.#outcome !== undefined) throw broken("it went on after its outcome");
    switch (message.type) {
      case "open":
        return void this.#objects.push(this.#handlers.openObject(message.name));
      case "progress":
        return this.#handlers.onProgress?.(message.progress);
      case "database":
        return this.#handlers.onDatabase?.(message.captured);
      case "done":
      case "failed":
        return void (this.#outcome = message);
      default:
        return this.#handlers.onHold?.(message);
    }
  }

  #takeEnd(digest: Buffer): void {
    if (this.#outcome === undefined) throw broken("it ended without an outcome");
    if (!this.#digest.digest().equals(digest)) throw broken("its digest is not that of what came");
    this.#isWhole = true;
  }

  get #what(): number {
    return this.#header[0] ?? 0;
  }

  /** Whole in memory before it is understood. */
  get #isHeld(): boolean {
    return this.#what === MESSAGE || this.#what === END;
  }

  #object(): ByteSink {
    const object = this.#objects[this.#what - 1];
    if (object === undefined) throw broken("it holds bytes of an object that was never opened");
    return object;
  }
}

/** What the stream brought once it is whole. Throws what made the capture fail at its other end. */
export function summaryOf(end: StreamEnd): CaptureSummary {
  if (end.type === "done") return end.summary;
  throw new HoldfastError(end.code, end.facts);
}

function broken(why: string): HoldfastError {
  return new HoldfastError("source", {
    what: "Reading what a one-off container captured",
    why,
    next: "check that nothing between this service and the engine changes what it sends",
  });
}
