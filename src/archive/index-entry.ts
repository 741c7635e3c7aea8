/** One line of `files.jsonl.zst`: an entry of the tree and where its bytes are. */
import type { DatabaseKind } from "../domain/embedded-database.ts";
import { HoldfastError } from "../domain/errors.ts";
import { isPointId } from "../domain/recovery-point.ts";
import { fromText } from "./byte-path.ts";
import type { Device } from "./device-number.ts";
import { isTimestamp } from "./timestamp.ts";
import { isXattrFields, type XattrFields } from "./xattrs/xattrs.ts";

export const DEVICE_TYPES = ["character-device", "block-device"] as const;
/** What has neither content nor a target. */
export const SPECIAL_TYPES = ["fifo", ...DEVICE_TYPES] as const;
export type SpecialType = (typeof SPECIAL_TYPES)[number];

export const ENTRY_TYPES = ["file", "directory", "symlink", "hardlink", ...SPECIAL_TYPES] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

export const CHANGES = ["grew", "shrank", "changed"] as const;
/** How a file differed from its archived bytes once it had been read. */
export type ContentChange = (typeof CHANGES)[number];

export interface IndexEntry {
  /** Relative to the source's root, which is `.` itself. */
  path: string;
  /** Base64 of the path's bytes, where they are not valid UTF-8. */
  pathBytes?: string;
  type: EntryType;
  /** Bytes of content; for a hardlink those of its file; 0 for the others. */
  size: number;
  /** Permission bits, with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds with nine decimals. */
  mtime: string;
  ctime: string;
  /** Decimal, because inode numbers may be larger than a safe integer. */
  inode: string;
  /** Of a symlink: its text. Of a hardlink: the path of the entry that holds the bytes. */
  target?: string;
  targetBytes?: string;
  /** Of devices. */
  device?: Device;
  /** Extended attributes, and with them POSIX ACLs: base64 by name. Absent: none. */
  xattrs?: XattrFields;
  /** Of files and hardlinks: SHA-256 of the archived content. */
  sha256?: string;
  /** Of files and hardlinks. */
  data?: ContentLocation;
  /** Of files and hardlinks that are a database file, by its first bytes: its writers may change it without a new mtime. */
  database?: DatabaseKind;
}

export interface ContentLocation {
  /** Of the content's first byte in the uncompressed tar. */
  offset: number;
  /** The point whose archive holds the bytes, never one that refers to another; absent means the index's own. */
  point?: string;
  /** With `point`: the member of that archive that holds the bytes, where it is not of this entry's own path. */
  member?: string;
  memberBytes?: string;
  changed?: ContentChange;
  /** How many of the content's bytes were in holes: less is needed to restore it. Absent: none. */
  holes?: number;
}

/** An entry with content, whose `sha256` and `data` are certain. */
export type ContentEntry = IndexEntry & Required<Pick<IndexEntry, "sha256" | "data">>;

export function hasContent(entry: IndexEntry): entry is ContentEntry {
  return entry.sha256 !== undefined && entry.data !== undefined;
}

/** The entry's type, where it is that of a FIFO or a device. */
export function specialType({ type }: Pick<IndexEntry, "type">): SpecialType | undefined {
  return SPECIAL_TYPES.find((special) => special === type);
}

/** The path as a byte string. */
export function rawPath(entry: IndexEntry): string {
  return rawText(entry.path, entry.pathBytes);
}

/** The target as a byte string; empty where there is none. */
export function rawTarget(entry: IndexEntry): string {
  return rawText(entry.target ?? "", entry.targetBytes);
}

/** The path of the member that holds the content, as a byte string, in the archive that `data` tells of. */
export function rawMember(entry: ContentEntry): string {
  const { member, memberBytes } = entry.data;
  if (member !== undefined) return rawText(member, memberBytes);
  return entry.type === "hardlink" ? rawTarget(entry) : rawPath(entry);
}

function rawText(text: string, bytes: string | undefined): string {
  return fromText(bytes === undefined ? { text } : { text, bytes });
}

export function formatIndexLine(entry: IndexEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Reads one line strictly; `where` names the line in the error, where its number is known. */
export function parseIndexLine(line: string, where: { object: string; line?: number }): IndexEntry {
  const value = parseJson(line);
  const problem = typeof value === "object" && value !== null ? problemOf(value) : "it is not a JSON object";
  if (problem === undefined) return value as IndexEntry;
  throw new HoldfastError("damaged", {
    what: `Reading the index ${where.object}`,
    why: `${where.line === undefined ? "a line" : `line ${where.line}`} is not an entry: ${problem}`,
    next: "verify the recovery point and restore from another one",
  });
}

/** From here on it is worth a look whether a line would become many times as large when it is parsed. */
const LONG = 64 * 1024;

function parseJson(line: string): unknown {
  if (line.length > LONG && !isFlat(line)) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** No arrays, which no entry has, and no deeper objects than an entry has. */
function isFlat(line: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === '"') isInText = !isInText;
    else if (isInText) at += character === "\\" ? 1 : 0;
    else if (character === "[") return false;
    else if (character === "{" && (depth += 1) > 2) return false;
    else if (character === "}") depth -= 1;
  }
  return true;
}

type Fields = Partial<Record<keyof IndexEntry, unknown>>;

function problemOf(entry: Fields): string | undefined {
  if (typeof entry.path !== "string" || entry.path === "") return "path is missing";
  if (!isOptionalString(entry.pathBytes)) return "pathBytes is not text";
  if (!ENTRY_TYPES.includes(entry.type as EntryType)) return "type is unknown";
  for (const field of ["size", "mode", "uid", "gid"] as const) {
    if (!isCount(entry[field])) return `${field} is not a whole number`;
  }
  for (const field of ["mtime", "ctime"] as const) {
    if (typeof entry[field] !== "string" || !isTimestamp(entry[field])) return `${field} is not a time`;
  }
  if (typeof entry.inode !== "string" || !/^\d+$/.test(entry.inode)) return "inode is not a number";
  if (entry.xattrs !== undefined && !isXattrFields(entry.xattrs)) return "xattrs are not base64 by name";
  return problemOfTarget(entry) ?? problemOfDevice(entry) ?? problemOfContent(entry);
}

function problemOfTarget({ type, target, targetBytes }: Fields): string | undefined {
  const linked = type === "symlink" || type === "hardlink";
  if (linked !== (typeof target === "string" && target !== "")) return "target does not fit the type";
  return isOptionalString(targetBytes) ? undefined : "targetBytes is not text";
}

function problemOfDevice({ type, device }: Fields): string | undefined {
  const isDevice = DEVICE_TYPES.some((known) => known === type);
  if (!isDevice) return device === undefined ? undefined : "it has a device number";
  if (typeof device !== "object" || device === null) return "device is missing";
  const { major, minor } = device as Partial<Record<keyof Device, unknown>>;
  return isDevicePart(major) && isDevicePart(minor) ? undefined : "device is not two numbers";
}

function isDevicePart(value: unknown): boolean {
  return isCount(value) && value < 2 ** 32;
}

function problemOfContent({ type, size, sha256, data }: Fields): string | undefined {
  if (type !== "file" && type !== "hardlink") {
    return sha256 === undefined && data === undefined && size === 0 ? undefined : "it has content";
  }
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return "sha256 is not a digest";
  if (typeof data !== "object" || data === null) return "data is missing";
  const { offset, point, member, memberBytes, changed, holes } = data as Partial<
    Record<keyof ContentLocation, unknown>
  >;
  if (!isCount(offset)) return "data.offset is not a whole number";
  if (point !== undefined && !(typeof point === "string" && isPointId(point)))
    return "data.point is not the id of a recovery point";
  if (!isOptionalString(member) || !isOptionalString(memberBytes)) return "data.member is not text";
  if (holes !== undefined && !(isCount(holes) && holes <= (size as number)))
    return "data.holes is not a part";
  const known = changed === undefined || CHANGES.includes(changed as ContentChange);
  return known ? undefined : "data.changed is unknown";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}
