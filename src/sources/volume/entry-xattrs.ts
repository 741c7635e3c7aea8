/** Adds the extended attributes of an entry to its stats, and warns of those that cannot be archived. */
import type { BigIntStats } from "node:fs";

import { toText } from "../../archive/byte-path.ts";
import type { EntryStats } from "../../archive/index-line.ts";
import type { EntryAt } from "../../archive/xattrs/xattr-calls.ts";
import type { XattrReader } from "../../archive/xattrs/xattr-reader.ts";
import type { PackReport } from "../pack-report.ts";

/** Where the platform has no calls for them: warned about once, since nobody can tell what is lost. */
export function warnOfNoXattrs(report: PackReport): void {
  const message = "extended attributes and ACLs are not archived: this platform has no calls for them";
  report.warn({ path: ".", problem: "skipped", message });
}

/** The same stats; `at` is the open file or the entry's absolute byte path. */
export function withXattrs(
  stats: BigIntStats,
  {
    path,
    at,
    reader,
    report,
  }: { path: string; at: EntryAt; reader: XattrReader | undefined; report: PackReport },
): BigIntStats & EntryStats {
  const read = reader?.read(at, stats);
  if (read === undefined) return stats;
  for (const { name, why } of read.failures) {
    const { text } = toText(path);
    const which = name === undefined ? "the extended attributes" : `the extended attribute ${name}`;
    report.warn({ path: text, problem: "skipped", message: `${which} of ${text} could not be read: ${why}` });
  }
  return read.xattrs.size === 0 ? stats : Object.assign(stats, { xattrs: read.xattrs });
}
