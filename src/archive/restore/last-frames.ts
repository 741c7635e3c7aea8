/** The decoded frames that are at hand: the last one of each point, until the plan drops it. */
import type { FrameRequest } from "./worker-channel.ts";

export class LastFrames {
  readonly #frames = new Map<string | undefined, FrameRequest>();

  /** Returns the frames that are not at hand any more. */
  hold(frame: FrameRequest): FrameRequest[] {
    const gone: FrameRequest[] = [];
    for (const point of [...frame.dropped, frame.point]) {
      const before = this.#frames.get(point);
      if (before !== undefined) gone.push(before);
      this.#frames.delete(point);
    }
    this.#frames.set(frame.point, frame);
    return gone;
  }

  /** The frame of the point's archive that holds the position. */
  holding(point: string | undefined, position: number): FrameRequest | undefined {
    const frame = this.#frames.get(point);
    const isIn =
      frame !== undefined && position >= frame.start && position < frame.start + frame.content.length;
    return isIn ? frame : undefined;
  }
}
