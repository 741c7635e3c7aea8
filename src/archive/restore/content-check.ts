/** Checks the content of files while their frames pass by on the way to be written, so that the writing thread need not. */
import { HoldfastError } from "../../domain/errors.ts";
import { hasContent, type ContentEntry } from "../index-entry.ts";
import { ContentDigest } from "./content-digest.ts";
import { LastFrames } from "./last-frames.ts";
import type { PlannedEntry } from "./planned-entry.ts";
import type { FrameRequest } from "./worker-channel.ts";

/** Takes the entries and frames of a plan in its order. Throws `damaged` for content that is not what was archived. */
export class ContentCheck {
  readonly #frames = new LastFrames();
  /** Whose frames are still to come, in order. */
  #waiting: ContentEntry[] = [];
  /** Of the first that waits, as far as its frames have come. */
  #digest: ContentDigest | undefined;

  /**
   * Hardlinks are left to whoever finds that they have to be files: most have no content to be read. What was taken over was
   * compared before.
   */
  entries(entries: readonly PlannedEntry[]): void {
    for (const entry of entries)
      if (entry.type === "file" && entry.taken === undefined && hasContent(entry)) this.#waiting.push(entry);
    this.#advance();
  }

  frame(frame: FrameRequest): void {
    this.#frames.hold(frame);
    this.#advance();
  }

  /** After the last frame. */
  end(): void {
    if (this.#waiting.length > 0) throw contentMissing();
  }

  #advance(): void {
    const next = this.#waiting.findIndex((entry) => !this.#isChecked(entry));
    this.#waiting = next === -1 ? [] : this.#waiting.slice(next);
  }

  /** False when a frame is missing to know. */
  #isChecked(entry: ContentEntry): boolean {
    const { offset, point } = entry.data;
    const digest = (this.#digest ??= new ContentDigest(entry));
    while (digest.bytes < entry.size) {
      const position = offset + digest.bytes;
      const frame = this.#frames.holding(point, position);
      if (frame === undefined) return false;
      digest.add(frame.content.subarray(position - frame.start, offset + entry.size - frame.start));
    }
    digest.check();
    this.#digest = undefined;
    return true;
  }
}

/** The plan and the tree disagree about what is needed: never from an index of ours. */
export function contentMissing(): HoldfastError {
  return new HoldfastError("damaged", {
    what: "Restoring from the index",
    why: "an entry's content is not where the index says",
    next: "verify the recovery point and restore from another one",
  });
}
