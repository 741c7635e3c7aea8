/**
 * What files hold: six kinds of content that compress as their originals in a stack's volumes do. Nothing is handed out
 * twice, so that no tool gains by finding duplicates that real data would not have.
 */
import { createCipheriv, type Cipheriv } from "node:crypto";
import { below, seededRandom, skewedBelow, type Random } from "./random.ts";

export const KINDS = ["jsonl", "csv", "txt", "bin", "db", "parquet"] as const;
export type Kind = (typeof KINDS)[number];

const BLOCK = 1024 * 1024;
const PAGE = 8192;

export class Content {
  readonly #random: Random;
  readonly #words: string[];
  /** Machine instructions between one operand and the next, as a compiler repeats them. */
  readonly #instructions: Buffer[];
  readonly #noise: Cipheriv;
  readonly #blocks = new Map<Kind, Buffer>();
  #line = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = random;
    this.#words = Array.from({ length: 20_000 }, () =>
      below(random, 36 ** (2 + below(random, 8))).toString(36),
    );
    this.#instructions = Array.from({ length: 4096 }, () =>
      Buffer.from(Array.from({ length: 4 + below(random, 16) }, () => below(random, 256))),
    );
    this.#noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16));
  }

  /** The next bytes of a kind. */
  take(kind: Kind, size: number): Buffer {
    const parts: Buffer[] = [];
    for (let missing = size; missing > 0;) {
      const block = this.#blocks.get(kind) ?? this.#make(kind);
      parts.push(block.subarray(0, missing));
      if (block.length > missing) this.#blocks.set(kind, block.subarray(missing));
      else this.#blocks.delete(kind);
      missing -= Math.min(missing, block.length);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  #make(kind: Kind): Buffer {
    switch (kind) {
      case "jsonl":
        return this.#lines(() => this.#event());
      case "csv":
        return this.#lines(() => this.#measurement());
      case "txt":
        return this.#lines(() => this.#sentence());
      case "bin":
        return this.#program();
      case "db":
        return this.#pages();
      case "parquet":
        return this.#columns();
    }
  }

  #lines(next: () => string): Buffer {
    const lines: string[] = [];
    for (let length = 0; length < BLOCK;) {
      const line = next();
      lines.push(line);
      length += line.length;
    }
    return Buffer.from(lines.join(""), "latin1");
  }

  #word(): string {
    return this.#words[skewedBelow(this.#random, this.#words.length)] ?? "";
  }

  #event(): string {
    this.#line += 1;
    const level = this.#random() < 0.9 ? "info" : "warning";
    const id = below(this.#random, 2 ** 32).toString(16);
    const took = below(this.#random, 5000);
    return `{"time":${1_763_000_000_000 + this.#line * 37},"level":"${level}","request":"${id}","user":${below(this.#random, 1e5)},"path":"/${this.#word()}/${this.#word()}","ms":${took},"message":"${this.#word()} ${this.#word()}"}\n`;
  }

  #measurement(): string {
    this.#line += 1;
    const sensor = below(this.#random, 500);
    const value = (): string => `${below(this.#random, 1000)}.${10 + below(this.#random, 90)}`;
    return `${1_763_000_000 + this.#line},sensor-${sensor},${value()},${value()},${value()},ok\n`;
  }

  #sentence(): string {
    let sentence = this.#word();
    for (let words = 1; words < 12; words += 1) sentence += ` ${this.#word()}`;
    return `${sentence}.\n`;
  }

  /** Runs of instructions of which many recur, each followed by an operand that seldom does. */
  #program(): Buffer {
    const block = Buffer.alloc(BLOCK);
    for (let at = 0; at + 4 < BLOCK;) {
      at += this.#instructions[skewedBelow(this.#random, 4096)]?.copy(block, at) ?? 0;
      if (at + 4 < BLOCK) at = block.writeInt32LE(below(this.#random, 2 ** 28), at);
    }
    return block;
  }

  /** A database's pages: a header, rows of columns from the end, zeros between. */
  #pages(): Buffer {
    const block = Buffer.alloc(BLOCK);
    for (let page = 0; page < BLOCK; page += PAGE) {
      block.writeUInt32LE(below(this.#random, 2 ** 32), page);
      block.writeUInt32LE((this.#line += 1), page + 4);
      const used = PAGE * (0.5 + this.#random() * 0.45);
      for (let at = page + PAGE - 96; at > page + PAGE - used; at -= 96) {
        block.writeUInt32LE((this.#line += 1), at);
        block.writeUInt32LE(1_763_000_000 + below(this.#random, 1e6), at + 4);
        block.writeDoubleLE(this.#random() * 1000, at + 8);
        block.writeUInt32LE(below(this.#random, 2 ** 32), at + 16);
        block.write(`${this.#word()} ${this.#word()}\0${this.#word()}@${this.#word()}.example`, at + 20, 76);
      }
    }
    return block;
  }

  /** Columns that were compressed already, between dictionaries that were not. */
  #columns(): Buffer {
    const block = this.#noise.update(Buffer.alloc(BLOCK));
    for (let at = Math.ceil(BLOCK * 0.93); at < BLOCK; at += 1) block[at] = below(this.#random, 16);
    return block;
  }
}
