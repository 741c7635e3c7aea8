/** Small but whole recovery points in a store. */
import { createHash } from "node:crypto";
import { writeCommitRecord } from "../../src/app/point-objects.ts";
import { toIso } from "../../src/domain/instant.ts";
import { pointId, pointPrefix } from "../../src/domain/recovery-point.ts";
import type { CommitRecord } from "../../src/domain/recovery-point.ts";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf } from "../contract/bytes.ts";

const CONTENTS = { "archive.tar.zst": "the archive", "files.jsonl.zst": "the index" };

/** The record of a point that was started at the given time, e.g. "2026-11-20T03:00:00Z". */
export function recordOf(startedAt: string, changes: Partial<CommitRecord> = {}): CommitRecord {
  const start = Date.parse(startedAt);
  const objects = Object.entries(CONTENTS).map(([name, text]) => ({
    name,
    size: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
  }));
  return {
    format: 1,
    id: pointId(start, "7f3a"),
    stack: "stack",
    job: "data",
    sourceKind: "volume",
    kind: "full",
    startedAt: toIso(start),
    finishedAt: toIso(start + 60_000),
    needs: [],
    objects,
    totals: {
      entries: 1,
      files: 1,
      directories: 0,
      symlinks: 0,
      hardlinks: 0,
      sourceBytes: 100,
      storedBytes: objects.reduce((sum, { size }) => sum + size, 0),
    },
    capture: {},
    warnings: [],
    warningCount: 0,
    tool: { name: "holdfast", version: "0.1.0" },
    encryption: null,
    ...changes,
  };
}

/** Puts the objects, but no commit record: what a killed run leaves. */
export async function putObjects(store: Store, record: CommitRecord): Promise<void> {
  const prefix = pointPrefix(record.stack, record.job, record.id);
  for (const [name, text] of Object.entries(CONTENTS)) await store.put(prefix + name, bodyOf(text));
}

export async function putPoint(
  store: Store,
  startedAt: string,
  changes: Partial<CommitRecord> = {},
): Promise<CommitRecord> {
  const record = recordOf(startedAt, changes);
  await putObjects(store, record);
  await writeCommitRecord(store, record);
  return record;
}
