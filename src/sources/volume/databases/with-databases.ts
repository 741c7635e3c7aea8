/** Captures the databases of a volume around the packing of everything else, with its services held for as long as that takes. */
import { breakBetweenHolds, HOLDS } from "../../../capture/holds.ts";
import { HoldfastError } from "../../../domain/errors.ts";
import type { Milliseconds } from "../../../domain/instant.ts";
import type { CaptureWarning } from "../../../domain/recovery-point.ts";
import type { ProcessTable } from "../../../ports/process-identity.ts";
import type { CaptureRequest, Freezer, Hold } from "../../../ports/source.ts";
import { ageLimitOf } from "../age-limit.ts";
import type { CaptureTreeOptions } from "../capture-tree.ts";
import type { DirectoryOptions } from "../options.ts";
import type { FoundDatabase } from "./database-fate.ts";
import { DatabaseStage, type StageOptions } from "./database-stage.ts";
import { findDatabases } from "./find-databases.ts";
import { newScratch, tidyScratch } from "./scratch.ts";

export interface DatabaseParts extends Pick<StageOptions, "ruleOf" | "drivers" | "clock" | "random"> {
  /** All that were found are captured at one moment. */
  together: boolean;
  /** Directory under which each capture has one of its own for its copies. */
  scratch: string;
  processes: ProcessTable;
}

/** Packs what `request` asks for, and has the databases captured that it meets. */
type Pack<T> = (request: CaptureRequest, fateOf: CaptureTreeOptions["fateOf"]) => Promise<T>;

export interface PackedWithDatabases<T> {
  value: T;
  warnings: readonly CaptureWarning[];
  /** For the commit record. */
  facts: Record<string, unknown>;
}

export async function withDatabases<T>(
  options: DirectoryOptions,
  request: CaptureRequest,
  parts: DatabaseParts | undefined,
  pack: Pack<T>,
): Promise<PackedWithDatabases<T>> {
  if (parts === undefined) return heldWhole(request, pack);
  await tidyScratch(parts.scratch, parts);
  let isHeldWhole = false;
  const stage = new DatabaseStage({
    ...parts,
    root: Buffer.from(options.path).toString("latin1"),
    scratch: newScratch(parts.scratch, parts.processes),
    freezer: async (signal) =>
      isHeldWhole
        ? { because: "its services are held already, for all of the capture" }
        : freezerOf(options.path, { ...request, signal }),
    ...{ onDatabase: request.onDatabase, signal: request.signal },
  });
  try {
    const heldMs = await capturedAtOnce(stage, { options, request, parts });
    isHeldWhole = heldMs === undefined && request.hold !== undefined;
    const result =
      heldMs === undefined
        ? await heldWhole(request, pack, stage)
        : packed(await pack(request, (found) => stage.fateOf(found)), stage, { heldMs });
    await stage.exports.pack(request);
    return result;
  } finally {
    await stage.close();
  }
}

/** Without databases there is no moment to hold services for but all of it. */
async function heldWhole<T>(
  request: CaptureRequest,
  pack: Pack<T>,
  stage?: DatabaseStage,
): Promise<PackedWithDatabases<T>> {
  const fateOf = stage && ((found: FoundDatabase) => stage.fateOf(found));
  if (request.hold === undefined) return packed(await pack(request, fateOf), stage, {});
  const { value, heldMs } = await request.hold((signal) => pack({ ...request, signal }, fateOf));
  return packed(value, stage, { heldMs });
}

function packed<T>(
  value: T,
  stage: DatabaseStage | undefined,
  facts: { heldMs?: Milliseconds },
): PackedWithDatabases<T> {
  return { value, warnings: stage?.warnings ?? [], facts: { ...facts, ...stage?.facts() } };
}

/** How long services were held for all databases that there are; undefined where none was captured so. */
async function capturedAtOnce(
  stage: DatabaseStage,
  { options, request, parts }: { options: DirectoryOptions; request: CaptureRequest; parts: DatabaseParts },
): Promise<Milliseconds | undefined> {
  if (request.hold === undefined && !parts.together) return undefined;
  const { path, include, exclude, oneFileSystem = false } = options;
  const root = Buffer.from(path).toString("latin1");
  const tree = { root, include, exclude, oneFileSystem, ageLimit: ageLimitOf(options, request) };
  const found = (await findDatabases(tree, request.signal)).filter((each) => stage.isCaptured(each));
  if (found.length === 0) return undefined;
  const hold = request.hold ?? (await holdOfAll(path, request));
  let heldMs = 0;
  for (let holds = 1; holds <= HOLDS; holds += 1) {
    const held = await hold((signal) => stage.captureHeld(found, signal));
    heldMs += held.heldMs;
    if (held.value === "captured") {
      stage.wereHeldFor(heldMs);
      return heldMs;
    }
    // Not while they were held: eight times all databases may be more than there is room for.
    await stage.discard();
    await parts.clock.sleep(breakBetweenHolds(parts.random), { signal: request.signal });
  }
  throw neverStill(path);
}

async function holdOfAll(path: string, request: CaptureRequest): Promise<Hold> {
  const freezer = await freezerOf(path, request);
  if ("freeze" in freezer) return freezer.freeze;
  throw new HoldfastError("source", {
    what: `Capturing the databases of ${path} at one moment`,
    why: `nobody can be held for it: ${freezer.because}`,
    next: "name the services that write to them in `quiesce`, or leave `together` out",
  });
}

async function freezerOf(path: string, { freezerOf: find, signal }: CaptureRequest): Promise<Freezer> {
  return (
    (await find?.({ directory: path }, signal)) ?? {
      because: "Holdfast runs without a container engine here",
    }
  );
}

function neverStill(path: string): HoldfastError {
  return new HoldfastError("source", {
    what: `Capturing the databases of ${path} at one moment`,
    why: `each of the ${HOLDS} times that their writers were held, one of them was in a checkpoint`,
    next: "run the job at a quieter time, or have the application make its checkpoint in a `before` hook",
    transient: true,
  });
}
