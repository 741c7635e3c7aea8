/** Reads the tar with a reader that is not ours and compares every member with its line of the index. */
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";

import { extract, type Header } from "tar-stream";

import { compareDepthFirst, fromText, ROOT_PATH } from "../byte-path.ts";
import { rawPath, type IndexEntry } from "../index-entry.ts";
import { parseTimestamp } from "../timestamp.ts";
import { fromFields, paxKeyword } from "../xattrs/xattrs.ts";
import type { EntryCursor } from "./entry-cursor.ts";
import type { VerifyProblem } from "./problem.ts";

/** With what tar-stream gives beyond its declared types. */
type MemberHeader = Header & { byteOffset: number; pax: Record<string, string> | null };

interface Member {
  header: MemberHeader;
  /** May be left unread only by destroying the reader or by `resume`. */
  content: AsyncIterable<Uint8Array> & { resume(): unknown };
}

const TYPES: Record<string, IndexEntry["type"]> = {
  file: "file",
  directory: "directory",
  symlink: "symlink",
  link: "hardlink",
  fifo: "fifo",
  "character-device": "character-device",
  "block-device": "block-device",
};

/** The decoded tar, which ends early where `isBroken` says so: then it is not compared to its end. */
export interface TarContents {
  contents: AsyncIterable<Buffer>;
  isBroken: () => boolean;
}

/**
 * Yields what only the tar or only the index has, and what differs. Where the tar is broken, `entries` is left at the
 * first entry that was not compared.
 */
export async function* checkMembers(
  { contents, isBroken }: TarContents,
  entries: EntryCursor,
  object: string,
): AsyncGenerator<VerifyProblem> {
  await entries.next();
  for await (const member of membersOf(contents)) {
    const path = pathOf(member);
    for (; entries.current !== undefined && comesBefore(entries.current, path); await entries.next()) {
      yield onlyInIndex(entries.current, object);
    }
    const entry = entries.current;
    if (entry === undefined || pathText(entry) !== path) {
      if (isBroken()) return;
      yield { object, path, message: `${path} is in the archive but not in the index` };
      member.content.resume();
      continue;
    }
    const difference = await differenceOf(entry, member);
    if (isBroken()) return;
    if (difference !== undefined) yield problemOf(entry, object, difference);
    await entries.next();
  }
  for (; entries.current !== undefined && !isBroken(); await entries.next()) {
    yield onlyInIndex(entries.current, object);
  }
}

function onlyInIndex({ path }: IndexEntry, object: string): VerifyProblem {
  return { object, path, message: `${path} is in the index but not in the archive` };
}

function problemOf({ path, data, size }: IndexEntry, object: string, difference: string): VerifyProblem {
  const problem = { object, path, message: `${path}: ${difference}` };
  return data === undefined
    ? problem
    : { ...problem, range: { start: data.offset, end: data.offset + size } };
}

async function* membersOf(contents: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const tar = extract();
  const stop = new AbortController();
  const fed = pipeline(contents, tar as unknown as NodeJS.WritableStream, { signal: stop.signal });
  // Its failure destroys the tar reader, and so reaches whoever reads the members.
  fed.catch(() => undefined);
  try {
    for await (const member of tar) {
      yield { header: member.header as MemberHeader, content: member as unknown as Member["content"] };
    }
    await fed;
  } finally {
    stop.abort();
  }
}

async function differenceOf(entry: IndexEntry, member: Member): Promise<string | undefined> {
  const { header, content } = member;
  const digest = createHash("sha256");
  let size = 0;
  for await (const chunk of content) {
    digest.update(chunk);
    size += chunk.length;
  }
  if (TYPES[header.type] !== entry.type) return `the archive holds a ${header.type}`;
  const difference = differenceOfMetadata(entry, header);
  if (difference !== undefined || entry.type !== "file") return difference;
  if (size !== entry.size) return `it holds ${size} bytes, the index says ${entry.size}`;
  if (header.byteOffset !== entry.data?.offset) return "it is not where the index says";
  return digest.digest("hex") === entry.sha256 ? undefined : "its content does not match its digest";
}

function differenceOfMetadata(entry: IndexEntry, header: MemberHeader): string | undefined {
  const { pax } = header;
  const uid = Number(pax?.uid ?? header.uid);
  const gid = Number(pax?.gid ?? header.gid);
  if (header.mode !== entry.mode) return "its mode differs from the index";
  if (uid !== entry.uid || gid !== entry.gid) return "its owner differs from the index";
  const target = closestText(entry.target ?? "", entry.targetBytes);
  if ((header.linkname || "") !== target) return "its target differs from the index";
  if (!hasDevice(header, entry)) return "its device number differs from the index";
  if (!hasXattrs(pax ?? {}, entry)) return "its extended attributes differ from the index";
  const mtime = pax?.mtime === undefined ? wholeSeconds(header) : parseTimestamp(pax.mtime);
  return mtime === parseTimestamp(entry.mtime) ? undefined : "its time differs from the index";
}

function hasDevice({ devmajor, devminor }: Header, { device }: IndexEntry): boolean {
  return device === undefined || (devmajor === device.major && devminor === device.minor);
}

/** tar-stream gives the values as UTF-8, with a replacement for what is none: whether they are the closest text of ours. */
function hasXattrs(pax: Record<string, string>, { xattrs = {} }: IndexEntry): boolean {
  const count = Object.keys(pax).filter((keyword) => keyword.startsWith(paxKeyword(""))).length;
  const values = [...fromFields(xattrs)];
  return (
    count === values.length &&
    values.every(([name, value]) => pax[paxKeyword(name)] === value.toString("utf8"))
  );
}

function wholeSeconds(header: Header): bigint {
  return BigInt(header.mtime.getTime()) * 1_000_000n;
}

function pathOf({ header }: Member): string {
  const name = header.name.replace(/\/$/, "");
  return name === "" ? ROOT_PATH : name;
}

/** As tar-stream reads names: as UTF-8, with a replacement for what is none. */
function pathText(entry: IndexEntry): string {
  return closestText(entry.path, entry.pathBytes);
}

function closestText(text: string, bytes: string | undefined): string {
  return bytes === undefined ? text : Buffer.from(bytes, "base64").toString("utf8");
}

function comesBefore(entry: IndexEntry, path: string): boolean {
  return pathText(entry) !== path && compareDepthFirst(rawPath(entry), fromText({ text: path })) < 0;
}
