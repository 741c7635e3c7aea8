/** Makes the bench's data set from a seed: parquet-like and text files, and many small ones. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface DataSetSize {
  /** Bytes in large files. */
  largeBytes: number;
  smallFiles: number;
}

const MIB = 1024 * 1024;
const LARGE_FILE_BYTES = 64 * MIB;
const FILES_A_DIRECTORY = 200;

/** The same seed and size give the same tree. */
export function makeDataSet(root: string, seed: number, { largeBytes, smallFiles }: DataSetSize): void {
  const random = generator(seed);
  const text = textBlock(random);
  mkdirSync(join(root, "large"), { recursive: true });
  for (let i = 0; i * LARGE_FILE_BYTES < largeBytes; i += 1) {
    const size = Math.min(LARGE_FILE_BYTES, largeBytes - i * LARGE_FILE_BYTES);
    const parquet = i % 2 === 0;
    const name = join(root, "large", parquet ? `part-${i}.parquet` : `events-${i}.log`);
    writeLarge(name, size, () => (parquet ? parquetBlock(random) : shuffledText(text, random)));
  }
  for (let i = 0; i < smallFiles; i += 1) {
    const directory = join(root, "small", `d${Math.floor(i / FILES_A_DIRECTORY)}`);
    if (i % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    const start = Math.floor(random() * (text.length - 8192));
    writeFileSync(
      join(directory, `file-${i}.json`),
      text.subarray(start, start + Math.floor(random() * 8192)),
    );
  }
}

function writeLarge(name: string, size: number, block: () => Buffer): void {
  const file = openSync(name, "w");
  for (let left = size; left > 0;) left -= writeSync(file, block().subarray(0, left));
  closeSync(file);
}

/** Column chunks: pages that were compressed already, between runs that were not. */
function parquetBlock(random: () => number): Buffer {
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < block.length * 0.85; at += 4) block.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  for (let at = Math.ceil(block.length * 0.85); at < block.length; at += 1)
    block[at] = Math.floor(random() * 16);
  return block;
}

/** Log lines of JSON. */
function textBlock(random: () => number): Buffer {
  const words = Array.from({ length: 2000 }, () => Math.floor(random() * 36 ** 6).toString(36));
  const word = (): string => words[Math.floor(random() ** 3 * words.length)] ?? "";
  const lines: string[] = [];
  for (let i = 0, length = 0; length < 8 * MIB; i += 1) {
    const user = Math.floor(random() * 1e6);
    const line = `{"at":${1_763_000_000 + i},"level":"info","user":${user},"path":"/${word()}/${word()}","text":"${word()} ${word()} ${word()}"}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(""));
}

function shuffledText(text: Buffer, random: () => number): Buffer {
  const parts = Array.from({ length: 64 }, () => {
    const start = Math.floor(random() * (text.length - 16_384));
    return text.subarray(start, start + 16_384);
  });
  return Buffer.concat(parts);
}

/** Mulberry32: small, fast and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
