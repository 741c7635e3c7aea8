/**
 * Writes the lines of an index by hand, as byte strings: of a small file, an object for `JSON.stringify` and the conversions of
 * what that makes would cost as much as reading it. Fields and their order are those of `IndexEntry`.
 */
import { fromText, toText } from "./byte-path.ts";
import type { Device } from "./device-number.ts";
import type { DatabaseKind } from "../domain/embedded-database.ts";
import type { ContentChange, EntryType } from "./index-entry.ts";
import { formatTimestamp } from "./timestamp.ts";
import { toFields, type Xattrs } from "./xattrs/xattrs.ts";

/** What an entry's metadata is taken from: `fs.BigIntStats` fits, with what they do not tell added to them. */
export interface EntryStats {
  size: bigint;
  mode: bigint;
  uid: bigint;
  gid: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
  xattrs?: Xattrs | undefined;
}

/** Archived content, as the index names it. */
export interface PackedContent {
  /** Of its first byte in the decoded archive that holds it. */
  offset: number;
  size: number;
  sha256: string;
  /** Bytes of it that are in holes; absent: none that are known. */
  holes?: number | undefined;
  changed?: ContentChange | undefined;
  /** The point whose archive holds it; undefined: this one's. */
  point?: string | undefined;
  /** Byte string; the path of the file's member in that archive. */
  member?: string | undefined;
  database?: DatabaseKind | undefined;
}

/** What only some types of entries have. */
export interface LineDetails {
  /** Byte string. */
  target?: string | undefined;
  device?: Device | undefined;
  content?: PackedContent | undefined;
}

/** With its newline. */
export function indexLine(path: string, type: EntryType, stats: EntryStats, details: LineDetails): string {
  const { target, device, content } = details;
  let line = lineHead(path, type, content?.size ?? 0, stats);
  if (target !== undefined) line += `,${named("target", target)}`;
  if (device !== undefined) line += `,"device":${json(device)}`;
  if (stats.xattrs !== undefined) line += `,"xattrs":${json(toFields(stats.xattrs))}`;
  if (content !== undefined) {
    line += `,"sha256":"${content.sha256}","data":${location(content, target ?? path)}`;
    if (content.database !== undefined) line += `,"database":"${content.database}"`;
  }
  return `${line}}\n`;
}

/** The first part of a line, which every entry's has: all that the file system says of it but extended attributes. */
export function lineHead(path: string, type: EntryType, size: number, stats: EntryStats): string {
  const { mode, uid, gid, mtimeNs, ctimeNs, ino } = stats;
  const numbers = `"size":${size},"mode":${Number(mode) & PERMISSIONS},"uid":${uid},"gid":${gid}`;
  const times = `"mtime":"${formatTimestamp(mtimeNs)}","ctime":"${formatTimestamp(ctimeNs)}"`;
  return `{${named("path", path)},"type":"${type}",${numbers},${times},"inode":"${ino}"`;
}

export const PERMISSIONS = 0o7777;

/** `owner` is the path of the entry that the content is of: of a hardlink, its file's. */
function location({ offset, holes, changed, point, member }: PackedContent, owner: string): string {
  let fields = `{"offset":${offset}`;
  if (point !== undefined) {
    fields += `,"point":${json(point)}`;
    if (member !== undefined && member !== owner) fields += `,${named("member", member)}`;
  }
  if (changed !== undefined) fields += `,"changed":"${changed}"`;
  if (holes !== undefined && holes > 0) fields += `,"holes":${holes}`;
  return `${fields}}`;
}

/** A field with a name of bytes, and a second one with the bytes where they are no text. */
function named(key: "path" | "target" | "member", byteString: string): string {
  const { text, bytes } = toText(byteString);
  // JSON leaves bytes above ASCII as they are.
  return bytes === undefined
    ? `"${key}":${JSON.stringify(byteString)}`
    : `"${key}":${json(text)},"${key}Bytes":"${bytes}"`;
}

function json(value: unknown): string {
  return fromText({ text: JSON.stringify(value) });
}
