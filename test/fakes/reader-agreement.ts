/** Compares what foreign readers make of an archive with its index and the tree that it was made of. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { hasContent, rawPath, rawTarget, type IndexEntry } from "../../src/archive/index-entry.ts";
import { readIndex } from "../../src/archive/read-index.ts";
import { parseTimestamp } from "../../src/archive/timestamp.ts";
import { extractedBy, FOREIGN_READERS, type ListedMember } from "./foreign-readers.ts";
import { MemoryReader } from "./memory-object.ts";
import type { TreeByPython } from "./python-tree.ts";

type Facts = Record<string, unknown>;

/** Where a reader differs, one sentence each. `tree` was captured; of an incremental point the archive holds a part of it. */
export async function disagreementsOn(
  { archive, index }: { archive: Buffer; index: Buffer },
  { tree, work }: { tree: TreeByPython; work: string },
): Promise<string[]> {
  const entries = await Array.fromAsync(readIndex(new MemoryReader("files.jsonl.zst", index)));
  const members = entries.filter(({ data }) => data?.point === undefined);
  const names = new Set(members.map(nameOf));
  const expected = Object.fromEntries(Object.entries(tree).filter(([key]) => names.has(hexOf(key))));
  const path = join(work, "archive.tar.zst");
  writeFileSync(path, archive);
  return FOREIGN_READERS.flatMap((reader) => {
    const listed = reader.list(path);
    const wanted = members.map((entry, i) => ({
      ...factsOf(entry),
      ...shortComings(reader.name, entry, listed[i]),
    }));
    const found = extractedBy(reader, path, work);
    rmSync(join(work, reader.name), { recursive: true });
    return [
      ...differences(`${reader.name} lists`, byPlace(listed), byPlace(wanted)),
      ...differences(`${reader.name} extracts`, found, asRestoredBy(reader.name, expected, found)),
    ];
  });
}

function byPlace(members: readonly ListedMember[]): Record<string, Facts> {
  return Object.fromEntries(members.map((member, i) => [`member ${i}`, { ...member }]));
}

function differences(what: string, found: Record<string, Facts>, expected: Record<string, Facts>): string[] {
  const keys = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...keys].flatMap((key) => {
    if (isDeepStrictEqual(plain(found[key]), plain(expected[key]))) return [];
    const [is, should] = [found[key], expected[key]].map((facts) => JSON.stringify(facts)?.slice(-600));
    return [`${what} ${key.slice(0, 100)} as ${is}, not as ${should}`];
  });
}

function plain(facts: Facts | undefined): unknown {
  return facts === undefined ? undefined : JSON.parse(JSON.stringify(facts));
}

/** The root is only "." there, everything else below it. */
function hexOf(key: string): string {
  const [hex = ""] = key.split(" ");
  return hex === "2e" ? hex : hex.slice("2e2f".length);
}

function nameOf(entry: IndexEntry): string {
  return Buffer.from(rawPath(entry), "latin1").toString("hex");
}

const TYPES: Record<IndexEntry["type"], string> = {
  ...{ file: "-", hardlink: "h", directory: "d", symlink: "l", fifo: "p" },
  ...{ "character-device": "c", "block-device": "b" },
};

function factsOf(entry: IndexEntry): ListedMember {
  const { type, mode, uid, gid, size, mtime } = entry;
  return {
    ...{
      name: nameOf(entry),
      mode: TYPES[type] + modeText(mode),
      uid,
      gid,
      mtimeNs: String(parseTimestamp(mtime)),
    },
    size: type === "file" ? size : 0,
    ...(type === "file" && hasContent(entry) && { sha256: entry.sha256 }),
  };
}

function modeText(mode: number): string {
  const text = [6, 3, 0].map((shift) =>
    ["r", "w", "x"].map((letter, i) => (((mode >> shift) & (4 >> i)) !== 0 ? letter : "-")),
  );
  const marks = ["s", "s", "t"];
  for (const [i, letters] of text.entries()) {
    if ((mode & (0o4000 >> i)) === 0) continue;
    const mark = marks[i] ?? "";
    letters[2] = letters[2] === "x" ? mark : mark.toUpperCase();
  }
  return text.flat().join("");
}

const isBeforeEpochInPart = (mtimeNs: string): boolean =>
  BigInt(mtimeNs) < 0n && BigInt(mtimeNs) % 1_000_000_000n !== 0n;

/** What this reader's list does not tell, or tells wrongly, as it was found: nothing is compared there. */
function shortComings(
  reader: string,
  entry: IndexEntry,
  found: ListedMember | undefined,
): Partial<ListedMember> {
  // Extraction by GNU tar is right, only its list is not.
  const isMisread = reader === "GNU tar" && isBeforeEpochInPart(String(parseTimestamp(entry.mtime)));
  return {
    ...(reader !== "Python's tarfile" && { name: shownName(entry) }),
    ...(reader !== "Python's tarfile" && { sha256: undefined }),
    ...((reader === "bsdtar" || isMisread) && { mtimeNs: found?.mtimeNs }),
  };
}

function shownName(entry: IndexEntry): string {
  const arrow = { symlink: " -> ", hardlink: " link to " }[entry.type as string];
  const link = arrow === undefined ? "" : arrow + rawTarget(entry);
  return nameOf(entry) + Buffer.from(link, "latin1").toString("hex");
}

/** Nanoseconds that a time may be off that went through a float. */
const FLOAT = 4_000n;

/** The tree as this reader is known to restore it. */
function asRestoredBy(reader: string, expected: TreeByPython, found: TreeByPython): TreeByPython {
  return Object.fromEntries(
    Object.entries(expected).map(([key, entry]) => {
      const [mtime, got] = [String(entry["mtime"]), found[key]];
      const gotTime = (got?.["mtime"] as string | undefined) ?? mtime;
      const isOff =
        // libarchive reads the fraction of a negative time as if it were positive, and leaves the time of "." alone.
        (reader === "bsdtar" && (isBeforeEpochInPart(mtime) || key === "2e .")) ||
        // Python goes by floats, and sets no times of symlinks.
        (reader === "Python's tarfile" &&
          (entry["type"] === "0o120000" || (BigInt(mtime) - BigInt(gotTime)) ** 2n <= FLOAT ** 2n));
      const xattrs =
        reader === "Python's tarfile" ? got?.["xattrs"] : asKnown(reader, entry["xattrs"] as Facts);
      return [key, { ...entry, mtime: isOff ? gotTime : mtime, xattrs }];
    }),
  );
}

/** bsdtar keeps the escaped form of names with = and %. */
function asKnown(reader: string, xattrs: Facts): Facts {
  if (reader !== "bsdtar") return xattrs;
  const escaped = Object.entries(xattrs).map(([name, value]) => [
    name.replaceAll("%", "%25").replaceAll("=", "%3D"),
    value,
  ]);
  return Object.fromEntries(escaped) as Facts;
}
