/** What a page may take: lists whose items are of any length stay within so many bytes together. */
import type { Html } from "./html.ts";

export class Room {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Those from the first on that fit. */
  take(items: readonly Html[]): readonly Html[] {
    const fitting: Html[] = [];
    for (const item of items) {
      const size = Buffer.byteLength(item.markup);
      if (size > this.#left) break;
      this.#left -= size;
      fitting.push(item);
    }
    return fitting;
  }
}
