/**
 * Looks at an RDB of Redis or Valkey on its way: its magic, the opcode that says that all keys have been written, and the CRC-64 over
 * every byte before the last eight. Keys are counted; values are not taken apart: the checksum is over all of them.
 */
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";
import { Crc64, JONES } from "../../dump/crc64.ts";
import { KeyCounter, type KeyCount } from "./count-keys.ts";
import { MAGIC_BYTES, readHead } from "./rdb-head.ts";

const END_OPCODE = 0xff;
const CHECKSUM_BYTES = 8;
/** More than what stands before the first key, but for functions. */
const HEAD_BYTES = 4096;

export class RdbExaminer implements DumpExaminer {
  /** As the server counted them before, for a dump in which they cannot be. */
  readonly #keys: number;
  readonly #counter = new KeyCounter();
  #head: Buffer = Buffer.alloc(0);
  readonly #crc = new Crc64(JONES);
  /** The last ones, of which it is not known yet whether they are the checksum. */
  #held: Buffer = Buffer.alloc(0);
  #last: number | undefined;

  constructor({ keys }: { keys: number }) {
    this.#keys = keys;
  }

  push(chunk: Uint8Array): void {
    this.#counter.push(chunk);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#head.length < HEAD_BYTES) {
      const isKnown = this.#head.length >= MAGIC_BYTES;
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD_BYTES - this.#head.length)]);
      if (!isKnown && this.#head.length >= MAGIC_BYTES) readHead(this.#head);
    }
    // The last eight bytes of all are held, whichever of the two they come in.
    const fromHeld = Math.max(
      0,
      Math.min(this.#held.length, this.#held.length + bytes.length - CHECKSUM_BYTES),
    );
    const fromChunk = Math.max(0, bytes.length - CHECKSUM_BYTES);
    this.#count(this.#held.subarray(0, fromHeld));
    this.#count(bytes.subarray(0, fromChunk));
    this.#held = Buffer.concat([this.#held.subarray(fromHeld), bytes.subarray(fromChunk)]);
  }

  finish(): DumpFacts {
    const { version, server = "unknown", isEmpty } = readHead(this.#head);
    if (this.#last !== END_OPCODE || this.#held.length < CHECKSUM_BYTES)
      throw new Error("it does not end with the opcode that an RDB ends with");
    const expected = this.#held.readBigUInt64LE();
    if (expected !== 0n && expected !== this.#crc.digest())
      throw new Error("its CRC-64 is not that of its bytes");
    const { databases } = this.#counter;
    const sum = (count: (of: KeyCount) => number) =>
      databases?.values().reduce((all, of) => all + count(of), 0);
    const keys = isEmpty === true ? 0 : (sum((of) => of.keys) ?? this.#keys);
    const expiring = sum((of) => of.expiring);
    const checksum = expected === 0n ? "off" : "CRC-64";
    return {
      objects: keys,
      facts: {
        keys,
        ...(expiring === undefined ? {} : { expiring }),
        format: `RDB ${version}`,
        checksum,
        writtenBy: server,
      },
    };
  }

  #count(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#crc.update(bytes);
    this.#last = bytes.at(-1);
  }
}
