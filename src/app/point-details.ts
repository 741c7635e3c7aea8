/**
 * What an encrypted point's commit record keeps to itself: names of files and databases, and whatever may hold some. They are in an
 * object of their own, encrypted as the others; the record keeps counts, flags, and how the source is called.
 */
import { Buffer } from "node:buffer";
import { z } from "zod";
import { CONTENT_DIGEST } from "../domain/config-job.ts";
import { HoldfastError } from "../domain/errors.ts";
import { formatCount } from "../domain/human-text.ts";
import {
  DETAILS_OBJECT,
  objectOf,
  type CaptureWarning,
  type CommitRecord,
} from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { warningSchema } from "./commit-record.ts";
import { openObject, type OpenOptions } from "./point-objects.ts";
import { textOf } from "./small-object.ts";

/** Facts of a capture that name no content: the source, as the config does, and other points. */
const TOLD = new Set([
  "path",
  "volume",
  "volumeKey",
  "service",
  "container",
  "base",
  "fullBecause",
  "databaseStates",
  CONTENT_DIGEST,
]);
/** Globs are as good as names. */
const GLOBS = ["include", "exclude"];

/** Stands in a path's place. */
const HIDDEN = "(encrypted)";

type Details = Pick<CommitRecord, "capture" | "warnings">;

const detailsSchema = z.object({
  capture: z.record(z.string(), z.unknown()),
  warnings: z.array(warningSchema),
}) satisfies z.ZodType<Details>;

export function encodeDetails({ capture, warnings }: Details): Uint8Array {
  return Buffer.from(`${JSON.stringify({ capture, warnings }, null, 2)}\n`);
}

/** The record as it is stored; of a point that is not encrypted, the same. */
export function withoutDetails(record: CommitRecord): CommitRecord {
  if (record.encryption === null) return record;
  return { ...record, capture: toldOf(record.capture), warnings: countedByProblem(record.warnings) };
}

/** The record with its details. Throws as reading an encrypted object does. */
export async function withDetails(
  store: Store,
  record: CommitRecord,
  options: OpenOptions & { signal: AbortSignal },
): Promise<CommitRecord> {
  if (objectOf(record, DETAILS_OBJECT) === undefined) return record;
  const reader = openObject(store, record, DETAILS_OBJECT, options);
  const text = await textOf(reader.read({ signal: options.signal }), reader.name);
  return { ...record, ...parse(text, reader.name) };
}

function parse(text: string, name: string): Details {
  try {
    return detailsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldfastError("damaged", {
      what: `Reading ${name}`,
      why: "it holds no details of a point",
      cause,
    });
  }
}

function toldOf(capture: Record<string, unknown>): Record<string, unknown> {
  const leavesOut = GLOBS.filter((name) => Array.isArray(capture[name]) && capture[name].length > 0);
  const told = Object.entries(capture).filter(
    ([name, value]) => TOLD.has(name) || typeof value === "number" || typeof value === "boolean",
  );
  return { ...Object.fromEntries(told), ...(leavesOut.length === 0 ? {} : { leavesOut }) };
}

/** One for each kind of problem. */
function countedByProblem(warnings: readonly CaptureWarning[]): CaptureWarning[] {
  return [...Map.groupBy(warnings, ({ problem }) => problem)].map(([problem, of]) => ({
    path: HIDDEN,
    problem,
    message: `${formatCount(of.length, "warning")} of the kind \`${problem}\`: what each says is encrypted.`,
  }));
}
