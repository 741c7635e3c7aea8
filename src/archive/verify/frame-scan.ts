/** One pass over the frames of an archive, shared by the tar reader (up to the first broken frame) and the rest of the check. */
import type { FramedObject } from "../framed-object.ts";
import { checkFrames, type CheckedFrame } from "./check-frames.ts";
import { DamagedRanges } from "./damaged-ranges.ts";
import type { VerifyProblem } from "./problem.ts";

const MAX_MESSAGES = 100;

export class FrameScan {
  /** The broken frames, the first of them by name. */
  readonly problems: VerifyProblem[] = [];
  /** Positions in the decoded archive. */
  readonly damaged = new DamagedRanges();
  readonly #object: string;
  readonly #frames: AsyncGenerator<CheckedFrame>;
  readonly #onBytes: (bytes: number) => void;
  #bytes = 0;
  #broken = 0;

  constructor(archive: FramedObject, onBytes: (bytes: number) => void, signal: AbortSignal | undefined) {
    this.#object = archive.name;
    this.#frames = checkFrames(archive, signal);
    this.#onBytes = onBytes;
  }

  get isBroken(): boolean {
    return this.#broken > 0;
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
    const more = this.#broken - this.problems.length;
    if (more > 0) this.problems.push({ object: this.#object, message: `${more} more frames are damaged` });
  }

  async #next(): Promise<CheckedFrame | undefined> {
    const next = await this.#frames.next();
    if (next.done === true) return undefined;
    const frame = next.value;
    if (!frame.intact) this.#note(frame);
    this.#bytes += frame.intact ? frame.content.length : frame.end - frame.start;
    this.#onBytes(this.#bytes);
    return frame;
  }

  #note({ start, end, message }: Extract<CheckedFrame, { intact: false }>): void {
    this.#broken += 1;
    this.damaged.add(start, end);
    const range = { start, end };
    if (this.problems.length < MAX_MESSAGES) this.problems.push({ object: this.#object, range, message });
  }
}
