/**
 * Headers of a pax tar. tar-stream reads them back (verify) but cannot write them: it truncates times to seconds and
 * decodes names as UTF-8, so encoding is this thin layer of ours.
 */
import { isNonAsciiUtf8, toText } from "./byte-path.ts";
import type { Device } from "./device-number.ts";
import { formatTimestamp } from "./timestamp.ts";
import { aclText } from "./xattrs/acl-text.ts";
import { ACCESS_ACL, DEFAULT_ACL, paxKeyword, type Xattrs } from "./xattrs/xattrs.ts";

export const BLOCK = 512;
/** Two blocks of zeros end a tar. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);

const TYPE_FLAGS = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
  pax: "x",
} as const;

export interface TarMember {
  /** Byte string; a directory's ends in "/". */
  name: string;
  type: Exclude<keyof typeof TYPE_FLAGS, "pax">;
  /** Bytes of content that follow; 0 for all but files. */
  size: number;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  /** Byte string. */
  linkName: string;
  xattrs?: Xattrs | undefined;
  device?: Device | undefined;
}

/** Largest values of the header's octal fields. */
const MAX_ID = 0o7777777;
const MAX_NUMBER = 0o77777777777;
const NAME_BYTES = 100;
const DIGIT_ZERO = 0x30;
const TEN_DIGITS = 8 ** 10;
const NANOSECONDS = 1_000_000_000n;

/** The member's header blocks: a pax header for what ustar cannot hold, where needed, then the ustar header. */
export function encodeTarHeader(member: TarMember): Buffer {
  const records = paxRecords(member);
  const paxBlocks = records === "" ? 0 : BLOCK + paddedSize(records.length);
  const header = Buffer.allocUnsafe(paxBlocks + BLOCK).fill(0);
  if (records !== "") {
    const pax = {
      ...member,
      name: "PaxHeaders/entry",
      linkName: "",
      size: records.length,
      mode: 0o644,
      device: undefined,
    };
    writeUstar(header, 0, pax, TYPE_FLAGS.pax);
    header.write(records, BLOCK, "latin1");
  }
  writeUstar(header, paxBlocks, member, TYPE_FLAGS[member.type]);
  return header;
}

/** Content is padded with zeros to whole blocks. */
export function paddedSize(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function paxRecords(member: TarMember): string {
  const { name, linkName, size, uid, gid, mtimeNs } = member;
  let records = nameRecords("path", name) + nameRecords("linkpath", linkName);
  if (size > MAX_NUMBER) records += paxRecord("size", String(size));
  if (uid > MAX_ID) records += paxRecord("uid", String(uid));
  if (gid > MAX_ID) records += paxRecord("gid", String(gid));
  const seconds = mtimeNs / NANOSECONDS;
  const fitsUstar = mtimeNs >= 0n && mtimeNs % NANOSECONDS === 0n && seconds <= BigInt(MAX_NUMBER);
  if (!fitsUstar) records += paxRecord("mtime", formatTimestamp(mtimeNs));
  if (member.xattrs !== undefined) records += xattrRecords(member.xattrs);
  return records;
}

function nameRecords(key: "path" | "linkpath", name: string): string {
  if (name.length <= NAME_BYTES && !isNonAsciiUtf8(name)) return "";
  // Readers of POSIX take what is in a pax header for UTF-8 unless they are told; GNU tar takes it as it is.
  const charset = toText(name).bytes === undefined ? "" : paxRecord("hdrcharset", "BINARY");
  return charset + paxRecord(key, name);
}

/** ACLs twice: GNU tar restores them from their text only, and the exact bytes are what a restore of ours checks. */
function xattrRecords(xattrs: Xattrs): string {
  let records = "";
  for (const [name, value] of xattrs) {
    const keyword = Buffer.from(paxKeyword(name)).toString("latin1");
    records += paxRecord(keyword, value.toString("latin1"));
  }
  return (
    records + aclRecord("access", xattrs.get(ACCESS_ACL)) + aclRecord("default", xattrs.get(DEFAULT_ACL))
  );
}

function aclRecord(kind: "access" | "default", value: Buffer | undefined): string {
  const text = value === undefined ? undefined : aclText(value);
  return text === undefined ? "" : paxRecord(`SCHILY.acl.${kind}`, text);
}

/** `"<length> key=value\n"`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

/** What does not fit is capped here and told exactly in the pax header. */
function writeUstar(bytes: Buffer, at: number, member: TarMember, typeFlag: string): void {
  const { name, linkName, device } = member;
  bytes.write(name.slice(0, NAME_BYTES), at, "latin1");
  writeOctal(bytes, at + 100, 7, member.mode & 0o7777);
  writeOctal(bytes, at + 108, 7, Math.min(member.uid, MAX_ID));
  writeOctal(bytes, at + 116, 7, Math.min(member.gid, MAX_ID));
  writeOctal(bytes, at + 124, 11, Math.min(member.size, MAX_NUMBER));
  const seconds = Number(member.mtimeNs / NANOSECONDS);
  writeOctal(bytes, at + 136, 11, Math.min(Math.max(0, seconds), MAX_NUMBER));
  bytes.write(`        ${typeFlag}`, at + 148, "latin1");
  bytes.write(linkName.slice(0, NAME_BYTES), at + 157, "latin1");
  bytes.write("ustar\u000000", at + 257, "latin1");
  writeOctal(bytes, at + 329, 7, Math.min(device?.major ?? 0, MAX_ID));
  writeOctal(bytes, at + 337, 7, Math.min(device?.minor ?? 0, MAX_ID));
  let sum = 0;
  // Not `for of`: this is done twice for each file, and takes a tenth of the time.
  for (let place = at; place < at + BLOCK; place += 1) sum += bytes[place] ?? 0;
  writeOctal(bytes, at + 148, 6, sum);
  bytes[at + 154] = 0;
}

/** Zeros on the left. By integers of ten digits: larger numbers are divided ten times more slowly. */
function writeOctal(bytes: Buffer, at: number, digits: number, value: number): void {
  const high = Math.floor(value / TEN_DIGITS);
  let low = value - high * TEN_DIGITS;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    bytes[place] = DIGIT_ZERO + (low & 7);
    low >>>= 3;
  }
  if (high > 0) bytes[at] = DIGIT_ZERO + high;
}
