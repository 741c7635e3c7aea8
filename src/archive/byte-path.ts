/**
 * Paths as byte strings: one character per byte (latin1), so that names which are not valid UTF-8 survive and compare
 * in byte order. Everything inside the archive engine uses them; text is made at the edge, in the index.
 */
import { isUtf8 } from "node:buffer";

// eslint-disable-next-line no-control-regex -- the class is exactly "all of ASCII"
const ASCII = /^[\x00-\x7f]*$/;

/** The root of the tree, in the index and in byte paths. */
export const ROOT_PATH = ".";

/** Text of a byte string; `bytes` holds base64 of the real bytes where the text cannot stand for them. */
export interface PathText {
  text: string;
  bytes?: string;
}

export function toText(byteString: string): PathText {
  if (ASCII.test(byteString)) return { text: byteString };
  const raw = Buffer.from(byteString, "latin1");
  const text = raw.toString("utf8");
  return isUtf8(raw) ? { text } : { text, bytes: raw.toString("base64") };
}

export function fromText({ text, bytes }: PathText): string {
  if (bytes !== undefined) return Buffer.from(bytes, "base64").toString("latin1");
  return ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** What `node:fs` accepts for a byte string: a plain string where that is the same, else the bytes. */
export function toFsPath(byteString: string): string | Buffer {
  return ASCII.test(byteString) ? byteString : Buffer.from(byteString, "latin1");
}

/** True when the text form of the byte string is not ASCII but valid UTF-8. */
export function isNonAsciiUtf8(byteString: string): boolean {
  return !ASCII.test(byteString) && isUtf8(Buffer.from(byteString, "latin1"));
}

const SLASH = 0x2f;

/**
 * Orders paths as the walk meets them: a directory before what is in it, names in byte order. Negative, 0 or
 * positive as `a` comes before, is, or comes after `b`. The root comes first.
 */
export function compareDepthFirst(a: string, b: string): number {
  if (a === b) return 0;
  if (a === ROOT_PATH) return -1;
  if (b === ROOT_PATH) return 1;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** The separator sorts before every byte a name can hold. */
function rank(code: number): number {
  return code === SLASH ? -1 : code;
}

/** Finds every unsafe name, in one look; which of the reasons it is takes longer. */
const SUSPICIOUS = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Why a byte path may not be used below a restore's target; undefined when it may. */
export function unsafeBecause(path: string): string | undefined {
  if (path === ROOT_PATH) return undefined;
  if (!SUSPICIOUS.test(path)) return undefined;
  if (path === "") return "the name is empty";
  if (path.startsWith("/")) return "the name is absolute";
  if (path.includes("\0")) return "the name holds a zero byte";
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") return `the name has a part "${part}"`;
  }
  return undefined;
}

/** The directory that holds a path; the root holds itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? ROOT_PATH : path.slice(0, slash);
}

/** True for the path itself and for all that lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === ROOT_PATH || path === ancestor || path.startsWith(`${ancestor}/`);
}
