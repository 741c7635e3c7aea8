/**
 * Counts the keys in an RDB on its way, by database: all, those that expire, and those that do so only later. Values are stepped over by
 * their lengths. What has a type that is not known here is not counted at all, and no fault of the dump's.
 */
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";
import type { Instant } from "../../domain/instant.ts";
import { MAGIC_BYTES } from "./rdb-head.ts";
import { BETWEEN, shapeOf, type Item, type Shape } from "./rdb-shapes.ts";

export interface KeyCount {
  keys: number;
  expiring: number;
  /** Of those that expire, how many do so behind the moment that was asked for. */
  lasting: number;
}

const EXPIRES_MS = 0xfc;
const EXPIRES_S = 0xfd;
const SELECT = 0xfe;
const END = 0xff;
/** Opcodes are above all types. */
const FIRST_OPCODE = 0xf0;
const CHECKSUM_BYTES = 8;

interface Frame {
  shape: Shape;
  at: number;
  /** How often it is still to be read. */
  times: number;
}

export class KeyCounter implements DumpExaminer {
  readonly #lastsBehind: Instant;
  readonly #counts = new Map<number, KeyCount>();
  readonly #frames: Frame[] = [];
  /** What came of something that has to be read at once. */
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #skip = 0;
  #isValkey: boolean | undefined;
  #isUnknown = false;
  #behindEnd: number | undefined;
  #count: KeyCount = { keys: 0, expiring: 0, lasting: 0 };
  #expires: Instant | undefined;

  constructor({ lastsBehind = 0 }: { lastsBehind?: Instant } = {}) {
    this.#lastsBehind = lastsBehind;
  }

  /** Undefined: that cannot be told of this dump. Known when it has ended. */
  get databases(): ReadonlyMap<number, KeyCount> | undefined {
    return this.#isUnknown || this.#behindEnd !== CHECKSUM_BYTES ? undefined : this.#counts;
  }

  push(chunk: Uint8Array): void {
    if (this.#isUnknown) return;
    if (this.#behindEnd !== undefined) {
      this.#behindEnd += chunk.length;
      return;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    this.#at = 0;
    while (this.#step());
    // A copy: the chunk's memory is used again.
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#at));
    if (this.#behindEnd !== undefined) this.#behindEnd = this.#bytes.length;
  }

  finish(): DumpFacts {
    return { objects: undefined, facts: {} };
  }

  /** False: more bytes are wanted first, or none any more. */
  #step(): boolean {
    if (this.#isUnknown || this.#behindEnd !== undefined) return false;
    if (this.#skip > 0) {
      const there = Math.min(this.#skip, this.#bytes.length - this.#at);
      this.#at += there;
      this.#skip -= there;
      return this.#skip === 0;
    }
    if (this.#isValkey === undefined) return this.#magic();
    const frame = this.#frames.at(-1);
    if (frame === undefined) return this.#opcode();
    const item = frame.shape[frame.at];
    if (item !== undefined) return this.#read(item, frame);
    frame.at = 0;
    frame.times -= 1;
    if (frame.times === 0) this.#frames.pop();
    return true;
  }

  #magic(): boolean {
    if (!this.#has(MAGIC_BYTES)) return false;
    this.#isValkey = this.#bytes.toString("latin1", this.#at, this.#at + 6) === "VALKEY";
    this.#at += MAGIC_BYTES;
    return true;
  }

  #opcode(): boolean {
    if (!this.#has(1)) return false;
    const opcode = this.#bytes.readUInt8(this.#at);
    if (opcode === SELECT) return this.#select();
    if (opcode === EXPIRES_MS || opcode === EXPIRES_S) return this.#expiry(opcode === EXPIRES_MS);
    this.#at += 1;
    if (opcode === END) {
      this.#behindEnd = 0;
      return false;
    }
    const shape =
      opcode < FIRST_OPCODE ? shapeOf(opcode, { isValkey: this.#isValkey === true }) : BETWEEN[opcode];
    if (shape === undefined) this.#isUnknown = true;
    else if (opcode < FIRST_OPCODE) this.#key(shape);
    else this.#frames.push({ shape, at: 0, times: 1 });
    return true;
  }

  #key(shape: Shape): void {
    this.#count.keys += 1;
    if (this.#expires !== undefined) {
      this.#count.expiring += 1;
      if (this.#expires > this.#lastsBehind) this.#count.lasting += 1;
      this.#expires = undefined;
    }
    this.#frames.push({ shape, at: 0, times: 1 }, { shape: ["string"], at: 0, times: 1 });
  }

  #select(): boolean {
    const before = this.#at;
    this.#at += 1;
    const database = this.#length();
    if (database === undefined) {
      this.#at = before;
      return false;
    }
    const known = this.#counts.get(database);
    this.#count = known ?? { keys: 0, expiring: 0, lasting: 0 };
    this.#counts.set(database, this.#count);
    return true;
  }

  #expiry(isMs: boolean): boolean {
    const length = isMs ? 8 : 4;
    if (!this.#has(1 + length)) return false;
    this.#expires = isMs
      ? Number(this.#bytes.readBigInt64LE(this.#at + 1))
      : this.#bytes.readInt32LE(this.#at + 1) * 1000;
    this.#at += 1 + length;
    return true;
  }

  #read(item: Item, frame: Frame): boolean {
    const before = this.#at;
    if (!this.#readWhole(item, frame)) {
      this.#at = before;
      return false;
    }
    return true;
  }

  #readWhole(item: Item, frame: Frame): boolean {
    if (item === "string") return this.#string() && this.#done(frame);
    if (item === "float") return this.#float() && this.#done(frame);
    if (item === "length") return this.#length() !== undefined && this.#done(frame);
    if ("bytes" in item) {
      this.#skip = item.bytes;
      return this.#done(frame);
    }
    const times = this.#length();
    if (times === undefined) return false;
    this.#done(frame);
    if (times > 0) this.#frames.push({ shape: item.each, at: 0, times });
    return true;
  }

  #done(frame: Frame): boolean {
    frame.at += 1;
    return true;
  }

  /** Its length; the rest of it is stepped over. */
  #string(): boolean {
    if (!this.#has(1)) return false;
    const first = this.#bytes.readUInt8(this.#at);
    if (first >>> 6 !== 3) {
      const length = this.#length();
      this.#skip = length ?? 0;
      return length !== undefined;
    }
    this.#at += 1;
    const encoding = first & 0x3f;
    if (encoding < 3) {
      this.#skip = 2 ** encoding;
      return true;
    }
    // Compressed: how long it is so, and how long it was.
    const length = this.#length();
    if (length === undefined || this.#length() === undefined) return false;
    this.#skip = length;
    return true;
  }

  /** Three lengths say what is no number that could be written. */
  #float(): boolean {
    if (!this.#has(1)) return false;
    const length = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    this.#skip = length >= 253 ? 0 : length;
    return true;
  }

  #length(): number | undefined {
    if (!this.#has(1)) return undefined;
    const first = this.#bytes.readUInt8(this.#at);
    const small = first & 0x3f;
    const size = [1, 2, small === 0 ? 5 : 9][first >>> 6] ?? 1;
    if (!this.#has(size)) return undefined;
    const at = this.#at;
    this.#at += size;
    if (size === 1) return small;
    if (size === 2) return small * 256 + this.#bytes.readUInt8(at + 1);
    return size === 5 ? this.#bytes.readUInt32BE(at + 1) : Number(this.#bytes.readBigUInt64BE(at + 1));
  }

  #has(count: number): boolean {
    return this.#bytes.length - this.#at >= count;
  }
}
