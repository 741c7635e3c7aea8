/** The beginnings of the lines of a text that comes in chunks: lines of a dump are as long as rows can be, and their rest is not looked at. */

/** More than any line that a tool itself writes. */
const HEAD_BYTES = 512;
const NEWLINE = 0x0a;

export class LineHeads {
  readonly #onLine: (head: string, first: number | undefined) => void;
  readonly #isWanted: (first: number) => boolean;
  /** Of the line that has not ended yet. */
  #head = Buffer.alloc(0);
  /** Its first byte; undefined: it has none yet. */
  #first: number | undefined;

  /** Told of each line that has ended with a newline and its first byte, and of the empty text for one whose first byte is not wanted. */
  constructor(
    isWanted: (first: number) => boolean,
    onLine: (head: string, first: number | undefined) => void,
  ) {
    this.#isWanted = isWanted;
    this.#onLine = onLine;
  }

  /** The text does not end with a newline. */
  get isWithinLine(): boolean {
    return this.#first !== undefined;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(NEWLINE, at);
      this.#add(bytes.subarray(at, end === -1 ? bytes.length : end));
      if (end === -1) return;
      this.#end();
      at = end + 1;
    }
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#first ??= part[0];
    const room = HEAD_BYTES - this.#head.length;
    if (this.#first === undefined || room <= 0 || !this.#isWanted(this.#first)) return;
    // A copy: the chunk's memory is used again.
    this.#head = Buffer.concat([this.#head, part.subarray(0, room)]);
  }

  #end(): void {
    this.#onLine(this.#head.length === 0 ? "" : this.#head.toString("utf8"), this.#first);
    if (this.#head.length > 0) this.#head = Buffer.alloc(0);
    this.#first = undefined;
  }
}
