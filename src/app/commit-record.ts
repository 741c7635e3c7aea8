/**
 * Reading and writing commit records, proofs and records of samples as bytes. What is read may be damaged, foreign, or written by a newer
 * Holdfast: keys that this version does not know are left out, a newer format is refused.
 */
import { z } from "zod";
import { HoldfastError } from "../domain/errors.ts";
import {
  CAPTURE_PROBLEMS,
  COMMIT_RECORD,
  ENCRYPTION_KINDS,
  FORMAT_VERSION,
  isPointId,
  PIN_OBJECT,
} from "../domain/recovery-point.ts";
import type { CommitRecord, Proof, SampleRecord } from "../domain/recovery-point.ts";
import { isSealBroken, sealed, sealedText } from "./record-seal.ts";

const count = z.int().nonnegative();
const utcTime = z.iso.datetime();
const reservedNames: readonly string[] = [COMMIT_RECORD, PIN_OBJECT];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const objectSchema = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .refine((name) => !reservedNames.includes(name), "is reserved"),
  size: count,
  sha256,
  seekTableSha256: sha256.optional(),
  contentSize: count.optional(),
  headSha256: sha256.optional(),
});

export const warningSchema = z.object({
  path: z.string(),
  // A later version may know more kinds; the message says it in words anyway.
  problem: z.enum(CAPTURE_PROBLEMS).catch("changed"),
  message: z.string(),
});

const recordSchema = z.object({
  format: z.int().positive(),
  id: z.string().refine(isPointId, "is not the id of a recovery point"),
  stack: z.string().min(1),
  job: z.string().min(1),
  sourceKind: z.string(),
  kind: z.enum(["full", "incremental"]),
  startedAt: utcTime,
  finishedAt: utcTime,
  needs: z.array(z.string().refine(isPointId, "is not the id of a recovery point")),
  objects: z
    .array(objectSchema)
    .refine(
      (objects) => new Set(objects.map(({ name }) => name)).size === objects.length,
      "has a name twice",
    ),
  totals: z.object({
    entries: count,
    files: count,
    directories: count,
    symlinks: count,
    hardlinks: count,
    specials: count.optional(),
    sourceBytes: count,
    storedBytes: count,
  }),
  capture: z.record(z.string(), z.unknown()),
  incomplete: z.boolean().optional(),
  warnings: z.array(warningSchema),
  warningCount: count,
  tool: z.object({ name: z.string(), version: z.string() }),
  encryption: z.object({ kind: z.enum(ENCRYPTION_KINDS), recipients: z.array(z.string()) }).nullable(),
}) satisfies z.ZodType<CommitRecord>;

const proofSchema = z.object({
  format: z.int().positive(),
  operation: z.enum(["verify", "drill"]),
  point: z.string(),
  at: utcTime,
  outcome: z.enum(["passed", "failed"]),
  problems: z.array(z.string()),
  measured: z
    .object({
      restoreMs: count,
      phases: z.array(z.object({ name: z.string(), ms: count })),
      bytes: count,
    })
    .optional(),
}) satisfies z.ZodType<Proof>;

const sampleSchema = z.object({
  format: z.int().positive(),
  point: z.string(),
  at: utcTime,
  readings: z.array(
    z
      .object({ object: z.string(), from: count, to: count, at: utcTime })
      .refine(({ from, to }) => from < to, "is no part"),
  ),
}) satisfies z.ZodType<SampleRecord>;

/** Throws `damaged` for what is no commit record, `unsupported` for one of a newer format. `what` starts the sentence. */
export function parseCommitRecord(text: string, what: string): CommitRecord {
  return parse(recordSchema, text, { what, thing: "commit record" });
}

/** As parseCommitRecord. */
export function parseProof(text: string, what: string): Proof {
  return parse(proofSchema, text, { what, thing: "proof" });
}

/** As parseCommitRecord. */
export function parseSample(text: string, what: string): SampleRecord {
  return parse(sampleSchema, text, { what, thing: "record of a sample" });
}

/** The bytes of a commit record, readable by people; refuses (`internal`) one that could not be read again. */
export function encodeCommitRecord(record: CommitRecord): Uint8Array {
  return encode(recordSchema, sealed(record) as CommitRecord, "Encoding a commit record");
}

export function encodeProof(proof: Proof): Uint8Array {
  return encode(proofSchema, sealed(proof) as Proof, "Encoding a proof");
}

export function encodeSample(record: SampleRecord): Uint8Array {
  return encode(sampleSchema, sealed(record) as SampleRecord, "Encoding a record of a sample");
}

function parse<T>(schema: z.ZodType<T>, text: string, { what, thing }: { what: string; thing: string }): T {
  const value = parseJson(text, what, thing);
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > FORMAT_VERSION) {
    throw new HoldfastError("unsupported", {
      what,
      why: `its ${thing} was written by a newer Holdfast (format ${format}; this one reads up to ${FORMAT_VERSION})`,
      next: "update Holdfast",
    });
  }
  if (isSealBroken(value)) {
    const next = "restore from another store's copy";
    throw new HoldfastError("damaged", { what, why: `its ${thing} was changed after it was written`, next });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HoldfastError("damaged", { what, why: `its ${thing} is not valid: ${issuesOf(result.error)}` });
}

function parseJson(text: string, what: string, thing: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError("damaged", { what, why: `its ${thing} is not JSON`, cause });
  }
}

function encode<T>(schema: z.ZodType<T>, value: T, what: string): Uint8Array {
  const result = schema.safeParse(value);
  if (!result.success) throw new HoldfastError("internal", { what, why: issuesOf(result.error) });
  return Buffer.from(sealedText(value as object));
}

/** The first few, by path: enough to see what kind of damage it is. */
function issuesOf(error: z.ZodError): string {
  const issues = error.issues.slice(0, 3).map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  const more = error.issues.length - issues.length;
  return issues.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
