/** The keys that every kind of store accepts, and their order. */
import { HoldfastError } from "../domain/errors.ts";

/** What GCS and S3 allow for a key, and common file systems for one segment of it; in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/** Throws `internal`: keys are made by the program, so a bad one is a defect and must never reach a disk. */
export function assertObjectKey(key: string): void {
  const problem = key === "" ? "it is empty" : (problemOf(key) ?? segmentsProblem(key.split("/")));
  if (problem !== undefined) refuse("object key", key, problem);
}

/** False for a foreign object in a store, which must be left alone. */
export function isObjectKey(name: string): boolean {
  return name !== "" && problemOf(name) === undefined && segmentsProblem(name.split("/")) === undefined;
}

/** A prefix is the start of a key: it may be empty and may end in `/` or in the middle of a segment. */
export function assertKeyPrefix(prefix: string): void {
  const folders = prefix.split("/").slice(0, -1);
  const problem = problemOf(prefix) ?? segmentsProblem(folders);
  if (problem !== undefined) refuse("key prefix", prefix, problem);
}

/** True for a name that can be one segment of a key: what a foreign file in a store's folder may not be. */
export function isKeySegment(name: string): boolean {
  return problemOf(name) === undefined && segmentsProblem([name]) === undefined;
}

function refuse(kind: string, text: string, problem: string): never {
  throw new HoldfastError("internal", { what: `Using the ${kind} ${JSON.stringify(text)}`, why: problem });
}

function problemOf(text: string): string | undefined {
  if (!text.isWellFormed()) return "it is not well-formed Unicode";
  // eslint-disable-next-line no-control-regex -- refusing them is the point
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return "it has a control character";
  if (Buffer.byteLength(text) > MAX_KEY_BYTES) return `it is longer than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

function segmentsProblem(segments: readonly string[]): string | undefined {
  for (const segment of segments) {
    if (segment === "") return "it has an empty segment";
    if (segment === "." || segment === "..") return `it has the segment "${segment}"`;
    if (segment.includes("/")) return "a segment has a slash";
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      return `it has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return undefined;
}

/** Ascending order of the UTF-8 bytes, which is what GCS and S3 list in; UTF-16 order differs above U+D7FF. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return utf8Rank(left) - utf8Rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above every single code unit, so they rank last. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
