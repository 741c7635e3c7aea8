/** Points made byte by byte, fulls and incrementals, so that a test knows where everything is and two can be alike. */
import { createHash, hash } from "node:crypto";
import { encodeCommitRecord } from "../../src/app/commit-record.ts";
import { formatIndexLine, type IndexEntry } from "../../src/archive/index-entry.ts";
import { decodeSeekTable, FOOTER_BYTES, seekTableBytesFrom } from "../../src/archive/seek-table.ts";
import { encodeTarHeader, END_OF_ARCHIVE, paddedSize } from "../../src/archive/tar-header.ts";
import type { DatabaseKind } from "../../src/domain/embedded-database.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT, pointPrefix } from "../../src/domain/recovery-point.ts";
import type { CommitRecord, PointObject } from "../../src/domain/recovery-point.ts";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf } from "../contract/bytes.ts";
import { STACK } from "./app-workshop.ts";
import { framed } from "./memory-object.ts";
import { recordOf } from "./points.ts";

export interface CraftedFile {
  path: string;
  content: Buffer;
  /** Where the bytes are, if not in this point's own archive. */
  heldBy?: { point: string; offset: number };
  /** That it was recognised as one. */
  database?: DatabaseKind;
}

export interface CraftedPoint {
  record: CommitRecord;
  objects: Map<string, Buffer>;
  /** Offset of each file's content in the decoded archive that holds it. */
  offsets: Map<string, number>;
  prefix: string;
}

const SECOND = "1700000000.000000000";
const OWNER = { uid: 0, gid: 0 };

/** Files in the root, in byte order. `frameBytes` is small, so that a small point has many frames. */
export async function craftPoint(options: {
  start: string;
  files: readonly CraftedFile[];
  frameBytes?: number;
}): Promise<CraftedPoint> {
  const { start, files, frameBytes = 1024 } = options;
  const tar: Buffer[] = [];
  const lines: string[] = [];
  const offsets = new Map<string, number>();
  let position = 0;
  const member = (path: string, type: "file" | "directory", content: Buffer): number => {
    const times = { mtimeNs: 1_700_000_000_000_000_000n, linkName: "" };
    const header = encodeTarHeader({
      name: path,
      type,
      size: content.length,
      mode: 0o644,
      ...OWNER,
      ...times,
    });
    const offset = position + header.length;
    tar.push(header, content, Buffer.alloc(paddedSize(content.length) - content.length));
    position = offset + paddedSize(content.length);
    return offset;
  };
  member("./", "directory", Buffer.alloc(0));
  lines.push(formatIndexLine(entryOf(".", "directory")));
  for (const { path, content, heldBy, database } of files) {
    const offset = heldBy?.offset ?? member(path, "file", content);
    offsets.set(path, offset);
    const data = { offset, ...(heldBy === undefined ? {} : { point: heldBy.point }) };
    const sha256 = hash("sha256", content);
    const entry = { ...entryOf(path, "file"), size: content.length, sha256, data };
    lines.push(formatIndexLine(database === undefined ? entry : { ...entry, database }));
  }
  tar.push(END_OF_ARCHIVE);
  const objects = new Map([
    [ARCHIVE_OBJECT, await framed(Buffer.concat(tar), frameBytes)],
    [INDEX_OBJECT, await framed(Buffer.from(lines.join("")), frameBytes)],
  ]);
  const needs = [...new Set(files.flatMap(({ heldBy }) => heldBy?.point ?? []))];
  const record = recordFor(start, needs, objects);
  return { record, objects, offsets, prefix: pointPrefix(STACK, record.job, record.id) };
}

export function recordFor(start: string, needs: string[], objects: Map<string, Buffer>): CommitRecord {
  return recordOf(start, {
    ...{ stack: STACK, needs, kind: needs.length === 0 ? "full" : "incremental" },
    objects: [...objects].map(([name, bytes]) => describeObject(name, bytes)),
  });
}

export function describeObject(name: string, bytes: Buffer): PointObject {
  const table = bytes.subarray(-(seekTableBytesFrom(bytes.subarray(-FOOTER_BYTES)) ?? 0));
  const sha256 = hash("sha256", bytes);
  return { name, size: bytes.length, sha256, seekTableSha256: hash("sha256", table) };
}

export async function storePoint(store: Store, { record, objects, prefix }: CraftedPoint): Promise<void> {
  for (const [name, bytes] of objects) await overwrite(store, prefix + name, bytes);
  await overwrite(store, `${prefix}recovery-point.json`, encodeCommitRecord(record));
}

export async function overwrite(store: Store, key: string, bytes: Uint8Array): Promise<void> {
  await store.put(key, bodyOf(bytes), { replace: true });
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < length; at += 32) parts.push(createHash("sha256").update(`${seed} ${at}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

/** A point and a later one whose objects have the same sizes and other bytes: what can be taken for one another. */
export async function craftTwins(): Promise<{ older: CraftedPoint; newer: CraftedPoint }> {
  const older = await craftPoint({ start: "2026-11-19T03:00:00Z", files: filesOf("older") });
  for (let attempt = 0; attempt < 500; attempt++) {
    const newer = await craftPoint({ start: "2026-11-20T03:00:00Z", files: filesOf(`newer ${attempt}`) });
    const isAlike = [...newer.objects].every(
      ([name, { length }]) => older.objects.get(name)?.length === length,
    );
    if (isAlike) return { older, newer };
  }
  throw new Error("no two points were alike");
}

export function filesOf(seed: string): CraftedFile[] {
  return ["a", "b", "c"].map((path) => ({ path, content: noise(seed + path, 1500) }));
}

function entryOf(path: string, type: IndexEntry["type"]): IndexEntry {
  return { path, type, size: 0, mode: 0o644, ...OWNER, mtime: SECOND, ctime: SECOND, inode: "1" };
}

/** The frames of an object, and the seek table that follows them. */
export function framesOf(object: Buffer): { frames: Buffer[]; table: Buffer } {
  const table = object.subarray(-(seekTableBytesFrom(object.subarray(-FOOTER_BYTES)) ?? 0));
  let at = 0;
  const frames = (decodeSeekTable(table) ?? []).map(({ compressed }) =>
    object.subarray(at, (at += compressed)),
  );
  return { frames, table };
}
