/**
 * How the objects of a capture go through one stream: frames of one byte for what it is, four for the length (big-endian), then
 * the bytes. 0 is a message, 1 and up are bytes of the objects in the order they were opened, 255 is the end: the digest of all
 * that came before it. A stream without its end is worth nothing.
 */
import { createHash } from "node:crypto";
import type { ByteSink, CaptureProgress, CaptureSummary, DatabaseCaptured } from "../../../ports/source.ts";
import type { ToldError } from "./told-error.ts";

export const HEADER_BYTES = 5;
export const MESSAGE = 0;
export const END = 255;

/** Answered elsewhere, under the same number. `by`: whether the job names who is held, or they are found by their mounts. */
export type HoldMessage =
  | { type: "find-freezer"; id: number }
  | { type: "hold"; id: number; by: "job" | "freezer" }
  | { type: "let-go"; id: number };

export type StreamMessage =
  | HoldMessage
  | { type: "open"; name: string }
  | { type: "progress"; progress: CaptureProgress }
  | { type: "database"; captured: DatabaseCaptured }
  | { type: "done"; summary: CaptureSummary }
  | ({ type: "failed" } & ToldError);

/** Writes frames, one at a time, whoever asks at once. */
export class FrameStream {
  readonly #sink: ByteSink;
  readonly #digest = createHash("sha256");
  #last: Promise<unknown> = Promise.resolve();
  #opened = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  send(message: StreamMessage): Promise<void> {
    return this.#frame(MESSAGE, Buffer.from(JSON.stringify(message)));
  }

  openObject(name: string): ByteSink {
    const number = (this.#opened += 1);
    const opened = this.send({ type: "open", name });
    // Its failure is that of the first write, too.
    opened.catch(() => undefined);
    return { write: (chunk) => this.#frame(number, chunk) };
  }

  /** After the last message. */
  async end(): Promise<void> {
    await this.#last;
    await this.#frame(END, this.#digest.digest());
  }

  #frame(what: number, bytes: Uint8Array): Promise<void> {
    const written = this.#last.then(async () => {
      const header = Buffer.alloc(HEADER_BYTES);
      header[0] = what;
      header.writeUInt32BE(bytes.length, 1);
      if (what !== END) this.#digest.update(header).update(bytes);
      await this.#sink.write(header);
      await this.#sink.write(bytes);
    });
    this.#last = written;
    return written;
  }
}
