/** The bytes of an open file from its start, with its holes left unread. */
import type { BigIntStats } from "node:fs";

import type { ContentSource } from "../../archive/tree-packer.ts";
import type { Holes, HoleSeeker } from "./hole-seeker.ts";
import type { TreeFs } from "./tree-fs.ts";

/** A hole that is shorter is read: that is as quick. */
const SMALLEST_HOLE = 64 * 1024;

export class FileContent implements ContentSource {
  readonly #fs: TreeFs;
  readonly #fd: number;
  readonly #holes: Holes | undefined;
  #position = 0;
  #holeEnd = 0;
  #dataEnd = 0;

  constructor(
    fs: TreeFs,
    { fd, stats, holes }: { fd: number; stats: BigIntStats; holes?: HoleSeeker | undefined },
  ) {
    this.#fs = fs;
    this.#fd = fd;
    this.#holes = holes?.of(fd, stats);
    if (this.#holes === undefined) this.#dataEnd = Infinity;
  }

  get position(): number {
    return this.#position;
  }

  hole(): number {
    if (this.#position >= Math.max(this.#holeEnd, this.#dataEnd)) this.#lookAhead();
    return Math.max(0, this.#holeEnd - this.#position);
  }

  skip(count: number): void {
    this.#position += count;
  }

  /** Throws what the file system does. */
  read(buffer: Buffer): number {
    if (this.hole() > 0) return 0;
    const limit = Math.min(buffer.length, this.#dataEnd - this.#position);
    const count = this.#fs.readSync(this.#fd, buffer, 0, limit, this.#position);
    this.#position += count;
    return count;
  }

  #lookAhead(): void {
    const holes = this.#holes;
    if (holes === undefined) return;
    const data = holes.dataFrom(this.#position) ?? this.#end();
    if (data - this.#position >= SMALLEST_HOLE) this.#holeEnd = data;
    else this.#dataEnd = holes.dataUntil(data);
  }

  /** As it is now: what was cut off meanwhile is no hole. */
  #end(): number {
    return Number(this.#fs.fstatSync(this.#fd, { bigint: true }).size);
  }
}
