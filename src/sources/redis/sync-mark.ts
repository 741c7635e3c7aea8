/**
 * Takes away what redis-cli writes behind an RDB that the server did not know the length of before: the mark of 40 hexadecimal digits by
 * which it saw the end. Of an RDB itself the ninth byte from the end is 0xff, which no such digit is.
 */
import type { DumpFilter } from "../../dump/dump-kind.ts";

const MARK = /^[0-9a-f]{40}$/;
const MARK_BYTES = 40;

export class SyncMark implements DumpFilter {
  #held: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([this.#held, chunk]);
    const end = Math.max(0, bytes.length - MARK_BYTES);
    this.#held = Buffer.from(bytes.subarray(end));
    return bytes.subarray(0, end);
  }

  finish(): Uint8Array {
    return MARK.test(this.#held.toString("latin1")) ? Buffer.alloc(0) : this.#held;
  }
}
