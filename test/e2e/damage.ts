/** Flips one bit of what is stored, as a bad disk does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In the middle of an object of a point of job `data`. */
export function damage(store: string, point: string, object: string): void {
  flipMiddleBit(join(store, "test/data", point, object));
}

export function flipMiddleBit(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}
