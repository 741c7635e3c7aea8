/** The objects of many recovery points, as far as a listing looks at them. */
import { encodeCommitRecord } from "../../src/app/commit-record.ts";
import { COMMIT_RECORD, pointPrefix } from "../../src/domain/recovery-point.ts";
import { recordOf } from "../../test/fakes/points.ts";

const JOBS = 10;
const HOUR = 3_600_000;
const FIRST = Date.parse("2026-01-01T00:00:00Z");
const CONTENTS = { "archive.tar.zst": "the archive", "files.jsonl.zst": "the index" };

/** Keys and contents, in no order. */
export function* pointObjects(
  count: number,
  jobs = JOBS,
): Generator<[key: string, text: string | Uint8Array]> {
  for (let number = 0; number < count; number += 1) {
    const startedAt = new Date(FIRST + Math.floor(number / jobs) * HOUR).toISOString();
    const record = recordOf(startedAt, { stack: "bench", job: `job-${number % jobs}` });
    const prefix = pointPrefix(record.stack, record.job, record.id);
    for (const [name, text] of Object.entries(CONTENTS)) yield [prefix + name, text];
    yield [prefix + COMMIT_RECORD, encodeCommitRecord(record)];
  }
}
