/** The `volume` kind: a directory, captured whole as it stands, file by file. */
import { readdir, stat } from "node:fs/promises";

import { HoldfastError, messageOf } from "../../domain/errors.ts";
import {
  ARCHIVE_OBJECT,
  INDEX_OBJECT,
  MAX_RECORDED_WARNINGS,
  type CaptureWarning,
} from "../../domain/recovery-point.ts";
import type { Instant } from "../../domain/instant.ts";
import type { CaptureBase, CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import { ageFacts, ageLimitOf, unseenWarnings } from "./age-limit.ts";
import { captureTree } from "./capture-tree.ts";
import { withDatabases, type DatabaseParts } from "./databases/with-databases.ts";
import type { BaseOptions } from "./incremental/earlier-contents.ts";
import type { DirectoryOptions } from "./options.ts";
import { assertNotEmptied } from "../not-emptied.ts";
import type { PackSummary } from "../pack-report.ts";

export interface VolumeParts {
  /** Packs the tree; only a test has another one than the thread's. */
  capture?: typeof captureTree;
  /** Captures the databases in it; without it they are files like any other. */
  databases?: DatabaseParts | undefined;
}

export function createVolumeSource(options: DirectoryOptions, parts: VolumeParts = {}): Source {
  return {
    kind: "volume",
    holdsItself: true,
    capture: (request) => captureVolume(options, request, parts),
    inspect: () => inspectVolume(options.path),
  };
}

async function inspectVolume(path: string): Promise<string[]> {
  await assertDirectory(path);
  try {
    const names = await readdir(path);
    return names.length === 0 ? [`${path} is empty: check the volume's mount unless it is meant to be.`] : [];
  } catch (error) {
    throw sourceError(path, messageOf(error), "give Holdfast the right to read it", error);
  }
}

async function captureVolume(
  options: DirectoryOptions,
  request: CaptureRequest,
  { capture = captureTree, databases }: VolumeParts,
): Promise<CaptureSummary> {
  await assertDirectory(options.path);
  const ageLimit = ageLimitOf(options, request);
  const work = await withDatabases(
    options,
    request,
    request.asItIs === true ? undefined : databases,
    (each, fateOf) => packVolume(options, each, (tree) => capture({ ...tree, ageLimit, fateOf })),
  );
  const summary = work.value;
  assertNotEmptied(summary, request.previous?.totals, {
    source: options.path,
    check: "check the volume's mount",
  });
  const { totals, unreadable, sockets, mountPoints, needs } = summary;
  const { path, include, exclude, oneFileSystem } = options;
  return {
    kind: needs.length === 0 ? "full" : "incremental",
    needs,
    totals,
    ...allWarnings(summary, [...work.warnings, ...unseenWarnings(ageLimit, summary)]),
    incomplete: unreadable > 0,
    capture: {
      path,
      include,
      exclude,
      oneFileSystem,
      sockets,
      mountPoints,
      ...ageFacts(ageLimit, summary),
      ...incrementalFacts(summary, request.base),
      ...work.facts,
    },
  };
}

async function packVolume(
  options: DirectoryOptions,
  request: CaptureRequest,
  capture: typeof captureTree,
): Promise<PackSummary> {
  const { path: root, include, exclude, oneFileSystem } = options;
  const { signal, onProgress } = request;
  const base = request.base && baseOptions(request.base, root);
  const sinks = { archive: request.openObject(ARCHIVE_OBJECT), index: request.openObject(INDEX_OBJECT) };
  try {
    return await capture({ root, include, exclude, oneFileSystem, base, sinks, signal, onProgress });
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw sourceError(root, messageOf(error), "check the disk and the directory's permissions", error);
  }
}

/** Of another directory nothing is taken unread: that its files have the same times and inodes may be chance, or an image. */
function baseOptions({ record, indexPath, now, recheck, seed }: CaptureBase, root: string): BaseOptions {
  const scannedAt = record.capture["path"] === root ? Date.parse(record.startedAt) : 0;
  const times = { scanned: nanoseconds(scannedAt), now: nanoseconds(now) };
  return { indexPath, id: record.id, entries: record.totals.entries, times, recheck, seed };
}

function nanoseconds(instant: Instant): bigint {
  return BigInt(instant) * 1_000_000n;
}

/** Those of databases and ages first: they are few, and what they tell of is much. */
function allWarnings(
  { warnings, warningCount }: PackSummary,
  others: readonly CaptureWarning[],
): Pick<CaptureSummary, "warnings" | "warningCount"> {
  return {
    warnings: [...others, ...warnings].slice(0, MAX_RECORDED_WARNINGS),
    warningCount: warningCount + others.length,
  };
}

function incrementalFacts(
  { earlier, baseTrouble }: PackSummary,
  base: CaptureBase | undefined,
): Record<string, unknown> {
  return base === undefined ? {} : { base: base.record.id, earlier, baseTrouble };
}

async function assertDirectory(path: string): Promise<void> {
  const next = "check the volume's mount and the source's path";
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? `the directory ${path} does not exist` : error.message;
    throw sourceError(path, why, next, error);
  });
  if (!stats.isDirectory()) throw sourceError(path, `${path} is not a directory`, next);
}

function sourceError(path: string, why: string, next: string, cause?: unknown): HoldfastError {
  return new HoldfastError("source", { what: `Capturing ${path}`, why, next, cause });
}
