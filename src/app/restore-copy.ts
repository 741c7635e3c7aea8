/** Restores from one store's copy of a point. */
import type { InPlaceOptions } from "../archive/in-place/in-place-staging.ts";
import type { CompleteSelection } from "../archive/restore/side-files.ts";
import { keptName } from "../archive/restore/staging-name.ts";
import { restoreTree, type RestoreTreeResult } from "../archive/restore-tree.ts";
import { holdsDumps } from "../domain/dump-in-point.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { AppContext } from "./app-context.ts";
import { CapturedDatabases } from "./captured-databases.ts";
import { assertOfFiles, openDumps } from "./dumps-of-point.ts";
import type { PointCopy } from "./locate-point.ts";
import { openChain } from "./open-chain.ts";
import { RestoredDatabases } from "./open-restored.ts";
import type { RunReporter } from "./perform-run.ts";
import { restoreDumpFiles } from "./restore-dump-files.ts";
import type { RestoreRequest } from "./restore-request.ts";
import { whatPointLacks } from "./what-point-lacks.ts";

export interface RestoredTree extends RestoreTreeResult {
  /** That were opened, and are sound; undefined when none was to be opened. */
  databases: number | undefined;
  /** Those of the warnings that are about databases. */
  doubts: readonly string[];
}

/** What holds of the target whatever happens, holds after each copy that was tried. */
export async function restoreCopy(
  context: AppContext,
  request: RestoreRequest,
  copy: PointCopy,
  reporter: RunReporter,
): Promise<RestoredTree> {
  const { store, point } = copy;
  const use = await context.locks.use(store, {
    operation: "restore",
    points: [point.id, ...point.record.needs],
    signal: request.signal,
  });
  if (use.warning !== undefined) reporter.warn(use.warning);
  const signal = AbortSignal.any([request.signal, use.signal]);
  try {
    return await writeCopy(context, { ...request, signal }, copy, reporter);
  } finally {
    await use.release();
  }
}

async function writeCopy(
  context: AppContext,
  request: RestoreRequest,
  copy: PointCopy,
  reporter: RunReporter,
): Promise<RestoredTree> {
  const { store, point, siblings } = copy;
  const { record } = point;
  const { signal } = request;
  if (holdsDumps(record)) return writeDumps(context, request, copy, reporter);
  const { selection, ...objects } = await openChain({
    ...{ store, record, siblings, paths: request.paths, keys: context.keys, signal },
  });
  if (request.inPlace !== undefined) assertNoneAlone(selection);
  const totalBytes = request.paths === undefined ? record.totals.sourceBytes : undefined;
  let written = { files: 0, bytes: 0 };
  const databases = databasesOf(request, copy, (path) =>
    reporter.progress({ phase: `opening ${path}`, ...written, totalBytes }),
  );
  const tree = await restoreTree({
    ...objects,
    paths: selection.paths,
    leaving: selection.leaving,
    withDevices: request.withDevices,
    target: request.target,
    onExisting: request.onExisting,
    inPlace: inPlaceOptions(context, request, point),
    protectedPlaces: request.protectedPlaces,
    processes: context.processes,
    inspection: databases,
    signal,
    onProgress({ files, bytes }) {
      written = { files, bytes };
      reporter.progress({ phase: "restoring", files, bytes, totalBytes });
    },
  });
  return { ...tree, databases: databases?.sound, doubts: databases?.doubts ?? [] };
}

async function writeDumps(
  { keys, processes }: AppContext,
  { paths, target, onExisting, protectedPlaces, signal }: RestoreRequest,
  copy: PointCopy,
  reporter: RunReporter,
): Promise<RestoredTree> {
  const { record } = copy.point;
  if (paths !== undefined) assertOfFiles(record, `Restoring a part of recovery point ${record.id}`);
  const dumps = await openDumps(copy, { keys, signal });
  const totalBytes = record.totals.sourceBytes;
  const { files, bytes, warnings } = await restoreDumpFiles({
    ...{ dumps, target, onExisting, protectedPlaces, processes, signal },
    onProgress: (written) => reporter.progress({ phase: "restoring", ...written, totalBytes }),
  });
  const none = { kept: undefined, reused: undefined, databases: undefined, doubts: [] };
  return { files, bytes, entries: files, warnings, ...none };
}

function databasesOf(
  { check, inPlace, target, job, signal }: RestoreRequest,
  { point, siblings }: PointCopy,
  onOpen: (path: string) => void,
): RestoredDatabases | undefined {
  if (check === undefined) return undefined;
  return new RestoredDatabases({
    ...{ ...check, job, onOpen, signal },
    what: `Restoring point ${point.id} to ${target}`,
    captured: new CapturedDatabases(point.record, siblings),
    isInPlace: inPlace !== undefined,
  });
}

/** Beside another main file it would be taken for that one's log. */
function assertNoneAlone({ alone: [first] }: CompleteSelection): void {
  if (first === undefined) return;
  throw new HoldfastError("refused", {
    what: `Restoring ${first.path} in place`,
    why: `it belongs to database ${first.database}, and would damage that in any other state`,
    next: `restore ${first.database}, which brings it along, or this file alone with --to DIRECTORY`,
  });
}

/** What the point cannot bring back is never removed. */
function inPlaceOptions(
  { clock }: AppContext,
  { inPlace, job }: RestoreRequest,
  { id, record }: CatalogPoint,
): InPlaceOptions | undefined {
  if (inPlace === undefined) return undefined;
  const keepOld = inPlace.keepOld || whatPointLacks(record) !== undefined;
  return {
    title: `The restore of point ${id} of job ${job} in place`,
    ...{ keepOld, delta: inPlace.delta, onTrial: inPlace.onTrial, keptName: keptName(clock.now()) },
    sourceBytes: record.totals.sourceBytes,
  };
}
