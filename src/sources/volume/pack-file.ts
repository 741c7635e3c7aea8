/** Packs one open file as it stands, and tells when it did not stand still. */
import type { BigIntStats } from "node:fs";

import { toText } from "../../archive/byte-path.ts";
import type { ContentChange } from "../../archive/index-entry.ts";
import type { DatabaseKind } from "../../domain/embedded-database.ts";
import type { EntryStats, PackedContent } from "../../archive/index-line.ts";
import type { TreePacker } from "../../archive/tree-packer.ts";
import { messageOf } from "../../domain/errors.ts";
import type { CaptureWarning } from "../../domain/recovery-point.ts";
import { databaseKind } from "./databases/database-kind.ts";
import { FileContent } from "./file-content.ts";
import type { HoleSeeker } from "./hole-seeker.ts";
import { readDigest } from "./incremental/read-digest.ts";
import type { PackReport } from "../pack-report.ts";
import type { TreeFs } from "./tree-fs.ts";

interface OpenFile {
  path: string;
  fd: number;
  /** Taken from the open file; its size is the declared one. */
  stats: BigIntStats & EntryStats;
  /** What the entry tells of itself, where that is of another file; but for the size, which is that of the open one. */
  metadata?: EntryStats | undefined;
  fs: TreeFs;
  packer: TreePacker;
  report: PackReport;
  holes: HoleSeeker | undefined;
}

export function packFile(open: OpenFile): PackedContent {
  const { path, fd, stats, fs, packer, report, holes } = open;
  const metadata = open.metadata === undefined ? stats : { ...open.metadata, size: stats.size };
  const file = new FileContent(fs, { fd, stats, holes });
  let failure: unknown;
  let database: DatabaseKind | undefined;
  const { missing, ...content } = packer.fileContent(path, metadata, {
    hole: () => (failure === undefined ? file.hole() : 0),
    skip(count) {
      report.countBytes(count);
      file.skip(count);
    },
    read(buffer) {
      try {
        const isHead = file.position === 0;
        const count = file.read(buffer);
        report.countBytes(count);
        if (isHead) database = databaseKind(buffer.subarray(0, count));
        return count;
      } catch (error) {
        // The member's header is out already: the rest of it is zeros, and the run says so.
        failure ??= error;
        return 0;
      }
    },
  });
  const isStill = (after: BigIntStats): boolean =>
    stats.ctimeNs === after.ctimeNs || isContent(content.sha256, { fs, fd, after, holes });
  const changed =
    failure === undefined
      ? changeOf(stats, fs.fstatSync(fd, { bigint: true }), { missing, isStill })
      : "shrank";
  const packed = { ...content, changed, database };
  packer.describeFile(path, metadata, packed);
  if (changed !== undefined) report.warn(warningOf(path, changed, missing, failure));
  return packed;
}

/** `isStill` is asked where the times do not tell. */
function changeOf(
  before: BigIntStats,
  after: BigIntStats,
  { missing, isStill }: { missing: number; isStill: (after: BigIntStats) => boolean },
): ContentChange | undefined {
  if (missing > 0 || after.size < before.size) return "shrank";
  if (after.size > before.size) return "grew";
  return after.mtimeNs === before.mtimeNs && isStill(after) ? undefined : "changed";
}

/** A new ctime with the old mtime: other metadata, or somebody wrote and set the time back. Only the content tells which. */
function isContent(
  sha256: string,
  { fs, fd, after, holes }: Pick<OpenFile, "fs" | "fd" | "holes"> & { after: BigIntStats },
): boolean {
  try {
    return readDigest(fs, { fd, stats: after, holes }) === sha256;
  } catch {
    // What was read before is archived; only whether it still stands is not known.
    return false;
  }
}

function warningOf(path: string, change: ContentChange, missing: number, failure: unknown): CaptureWarning {
  const { text } = toText(path);
  if (failure !== undefined) {
    const message = `${text} could not be read to its end: ${messageOf(failure)}; its last ${missing} bytes are zeros`;
    return { path: text, problem: "unreadable", message };
  }
  const messages = {
    grew: `${text} grew while it was read; the archive holds it up to the size it had at first`,
    shrank: `${text} shrank while it was read; its last ${missing} bytes are zeros in the archive`,
    changed: `${text} was written to while it was read; the archive may hold a mix of both states`,
  };
  return { path: text, problem: change, message: messages[change] };
}
