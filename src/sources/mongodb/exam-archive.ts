/**
 * Follows an archive of mongodump on its way: the prelude that names the collections, then blocks of their documents, each collection
 * ended by a header with the CRC-64 of all of its documents. Whole is what ends after a block, with every collection ended, as
 * common/archive of MongoDB's tools writes and reads it.
 */
import { Crc64, ECMA } from "../../dump/crc64.ts";
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";
import { ArchiveContents, type CountedCollection } from "./archive-contents.ts";
import { readFields } from "./bson-fields.ts";

const MAGIC = 0x8199e26d;
const TERMINATOR = 0xffffffff;
const LENGTH_BYTES = 4;
const SMALLEST_DOCUMENT = 5;
/** Far more than the server takes: 16 MiB, and something for what it adds itself. */
const LARGEST_DOCUMENT = 64 * 1024 * 1024;

/** What comes next. After `end`, which is a collection's, only the terminator of its block. */
type Place = "magic" | "prelude" | "collections" | "between" | "documents" | "end";

export class ArchiveExaminer implements DumpExaminer {
  readonly #mustHold: boolean;
  readonly #contents = new ArchiveContents(() => new Crc64(ECMA));
  #place: Place = "magic";
  /** Of the next length, or of a header: what has come of it. */
  #part: Buffer = Buffer.alloc(0);
  /** Bytes of the header that is read; 0: its length is not known yet. */
  #headerBytes = 0;
  /** Of a document of a collection, how much is to come. */
  #documentLeft = 0;

  constructor({ mustHold }: { mustHold: boolean }) {
    this.#mustHold = mustHold;
  }

  /** Known when the archive has ended, as `hasOplog` is. */
  get collections(): readonly CountedCollection[] {
    return this.#contents.counted;
  }

  get hasOplog(): boolean {
    return this.#contents.hasOplog;
  }

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    while (rest.length > 0)
      rest = rest.subarray(this.#documentLeft > 0 ? this.#pass(rest) : this.#gather(rest));
  }

  finish(): DumpFacts {
    if (this.#place !== "between" || this.#part.length > 0)
      throw new Error("it ends within a block of its data");
    const { objects, facts } = this.#contents.finish();
    if (this.#mustHold && objects === 0)
      throw new Error("it holds no collection, as if there were no such database");
    return { objects, facts };
  }

  /** Of a document; gives how many bytes. */
  #pass(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#documentLeft);
    this.#documentLeft -= part.length;
    this.#contents.add(part);
    if (this.#documentLeft === 0 && part.at(-1) !== 0) throw new Error("it has a document without its end");
    return part.length;
  }

  /** Of a length or a header; gives how many bytes. */
  #gather(bytes: Buffer): number {
    const wanted = (this.#headerBytes === 0 ? LENGTH_BYTES : this.#headerBytes) - this.#part.length;
    const part = bytes.subarray(0, wanted);
    // A copy: the chunk's memory is used again.
    this.#part = Buffer.concat([this.#part, part]);
    if (part.length === wanted) this.#take(this.#part);
    return part.length;
  }

  #take(bytes: Buffer): void {
    if (this.#headerBytes > 0) {
      this.#part = Buffer.alloc(0);
      this.#headerBytes = 0;
      this.#header(bytes);
      return;
    }
    const length = bytes.readUInt32LE();
    if (this.#place !== "magic" && length !== TERMINATOR && this.#place !== "documents") {
      this.#headerBytes = checked(length);
      return;
    }
    this.#part = Buffer.alloc(0);
    if (this.#place === "magic") this.#begin(length);
    else if (length === TERMINATOR) this.#endBlock();
    else {
      this.#documentLeft = checked(length) - LENGTH_BYTES;
      this.#contents.begin(bytes);
    }
  }

  #begin(magic: number): void {
    if (magic !== MAGIC) throw new Error("it is no archive of mongodump, or one that --gzip has compressed");
    this.#place = "prelude";
  }

  #endBlock(): void {
    if (this.#place === "prelude" || this.#place === "between")
      throw new Error("it has an end where a header belongs");
    this.#place = "between";
  }

  #header(document: Buffer): void {
    const fields = readFields(document);
    if (this.#place === "prelude") {
      this.#contents.setVersions(fields);
      this.#place = "collections";
    } else if (this.#place === "collections") this.#contents.expect(fields);
    else if (this.#place === "between") this.#place = this.#contents.open(fields) ? "documents" : "end";
    else throw new Error("it has a header where an end belongs");
  }
}

function checked(length: number): number {
  if (length < SMALLEST_DOCUMENT || length > LARGEST_DOCUMENT)
    throw new Error("it has a document of an impossible length");
  return length;
}
