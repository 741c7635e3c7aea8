/** Writes the two objects of a volume's point: members of the tar, and a line of the index for each. Synchronous. */
import { createHash, hash, type Hash } from "node:crypto";

import type { Device } from "./device-number.ts";
import { FilePacking } from "./file-packing.ts";
import type { EntryType, SpecialType } from "./index-entry.ts";
import {
  indexLine,
  PERMISSIONS,
  type EntryStats,
  type LineDetails,
  type PackedContent,
} from "./index-line.ts";
import type { SlabWriter } from "./slab-writer.ts";
import { encodeTarHeader, END_OF_ARCHIVE, paddedSize, type TarMember } from "./tar-header.ts";
import { updateWithZeros } from "./zeros.ts";

/** A file's bytes, one after the other. */
export interface ContentSource {
  /** How many zeros are next that need not be read; 0 where there are none, or it is not known. */
  hole(): number;
  /** Leaves out so many of those. */
  skip(count: number): void;
  /** Fills the buffer with the next bytes and says how many; 0 before a hole and at the end. */
  read(buffer: Buffer): number;
}

export class TreePacker {
  readonly #archive: SlabWriter;
  readonly #index: SlabWriter;

  constructor(objects: { archive: SlabWriter; index: SlabWriter }) {
    this.#archive = objects.archive;
    this.#index = objects.index;
  }

  directory(path: string, stats: EntryStats): void {
    this.#member(`${path}/`, "directory", stats);
    this.#line(path, "directory", stats);
  }

  symlink(path: string, stats: EntryStats, target: string): void {
    this.#member(path, "symlink", stats, { linkName: target });
    this.#line(path, "symlink", stats, { target });
  }

  /** A FIFO or a device; `device` is the latter's number. */
  special(path: string, stats: EntryStats, type: SpecialType, device?: Device): void {
    this.#member(path, type, stats, { device });
    this.#line(path, type, stats, { device });
  }

  /** Another name of a file described before; `content` is that file's. Without its bytes the archive holds no member. */
  hardlink(path: string, stats: EntryStats, target: string, content: PackedContent): void {
    if (content.point === undefined) this.#member(path, "hardlink", stats, { linkName: target });
    this.#line(path, "hardlink", stats, { target, content });
  }

  /**
   * Packs exactly `stats.size` bytes, whatever happens to the file meanwhile: what is more is left out, what is missing is
   * zeros. `missing` is the number of those. The index line follows with `describeFile`.
   */
  fileContent(path: string, stats: EntryStats, source: ContentSource): PackedContent & { missing: number } {
    const size = Number(stats.size);
    this.#member(path, "file", stats, { size });
    const offset = this.#archive.position;
    const copied = this.#copy(size, source);
    this.#archive.writeZeros(paddedSize(size) - size);
    return { offset, size, ...copied };
  }

  /** Begins a file whose `stats.size` bytes come by and by: nothing else may be packed before they have. `describeFile` follows. */
  openFile(path: string, stats: EntryStats): FilePacking {
    const size = Number(stats.size);
    this.#member(path, "file", stats, { size });
    return new FilePacking(this.#archive, size);
  }

  /** A file's index line: after its content, or alone where another point holds the bytes. */
  describeFile(path: string, stats: EntryStats, content: PackedContent): void {
    this.#line(path, "file", stats, { content });
  }

  /** A line of the index that the caller knows, with its newline; the bytes are in another point. */
  repeatLine(line: string): void {
    this.#index.writeBytes(line);
  }

  /** Ends both objects. */
  finish(): void {
    this.#archive.write(END_OF_ARCHIVE);
    this.#archive.flush();
    this.#index.flush();
  }

  #copy(size: number, source: ContentSource): { sha256: string; missing: number; holes: number } {
    const first = this.#fill(size, source);
    if (first.length === size) {
      const sha256 = hash("sha256", first);
      this.#archive.commit(size);
      return { sha256, missing: 0, holes: 0 };
    }
    const digest = createHash("sha256");
    let holes = 0;
    let left = size;
    for (let part = first; ; part = this.#fill(left, source)) {
      // Hashed before it is committed: a committed slab belongs to somebody else.
      digest.update(part);
      this.#archive.commit(part.length);
      left -= part.length;
      const zeros = Math.min(source.hole(), left);
      this.#zeros(zeros, digest);
      source.skip(zeros);
      holes += zeros;
      left -= zeros;
      if (left === 0 || part.length + zeros === 0) break;
    }
    this.#zeros(left, digest);
    return { sha256: digest.digest("hex"), missing: left, holes };
  }

  #zeros(count: number, digest: Hash): void {
    updateWithZeros(digest, count);
    this.#archive.writeZeros(count);
  }

  /** Fills the current slab's space with up to `limit` bytes of content: fewer before a hole and at the end. */
  #fill(limit: number, source: ContentSource): Buffer {
    if (limit === 0) return Buffer.alloc(0);
    const space = this.#archive.space();
    const bytes = space.length > limit ? space.subarray(0, limit) : space;
    let done = 0;
    while (done < bytes.length) {
      const count = source.read(done === 0 ? bytes : bytes.subarray(done));
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  #member(
    path: string,
    type: TarMember["type"],
    stats: EntryStats,
    {
      size = 0,
      linkName = "",
      device,
    }: { size?: number; linkName?: string; device?: Device | undefined } = {},
  ): void {
    const { mtimeNs, xattrs } = stats;
    const mode = Number(stats.mode) & PERMISSIONS;
    const owner = { uid: Number(stats.uid), gid: Number(stats.gid) };
    this.#archive.write(
      encodeTarHeader({ name: path, type, size, mode, ...owner, mtimeNs, linkName, xattrs, device }),
    );
  }

  #line(path: string, type: EntryType, stats: EntryStats, details: LineDetails = {}): void {
    this.#index.writeBytes(indexLine(path, type, stats, details));
  }
}
