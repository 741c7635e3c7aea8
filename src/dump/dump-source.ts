/** A source whose points are dumps: each part of the kind's plan becomes one object. Nothing is staged anywhere. */
import { HoldfastError } from "../domain/errors.ts";
import type { DumpInPoint } from "../domain/dump-in-point.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { ByteSink, CaptureRequest, CaptureSummary, Source } from "../ports/source.ts";
import { captureDump } from "./capture-dump.ts";
import type { DumpKind, DumpPlan, ToolPlace } from "./dump-kind.ts";

/** Opens the place, runs the work, and leaves nothing of it behind. */
export type WithPlace = <T>(
  request: { what: string; signal: AbortSignal },
  work: (place: ToolPlace) => Promise<T>,
) => Promise<T>;

export function createDumpSource(kind: DumpKind, withPlace: WithPlace): Source {
  const what = `Dumping ${kind.source}`;
  return {
    kind: kind.kind,
    capture: (request) =>
      withPlace({ what, signal: request.signal }, (place) => capture(kind, place, request)),
    inspect: (signal) =>
      withPlace({ what, signal }, async (place) => [
        ...place.remarks,
        ...(await kind.inspect(place, signal)),
      ]),
  };
}

async function capture(kind: DumpKind, place: ToolPlace, request: CaptureRequest): Promise<CaptureSummary> {
  const { signal } = request;
  const plan = await kind.plan(place, signal);
  const dumps: DumpInPoint[] = [];
  const done = { bytes: 0, storedBytes: 0 };
  for (const part of plan.parts) {
    const progress = { bytes: 0, storedBytes: 0 };
    const object = `${part.name}.zst`;
    const { objects, facts, bytes } = await captureDump({
      ...{ place, part, source: kind.source, signal },
      sink: lazily(request, object),
      onProgress(written) {
        Object.assign(progress, written);
        request.onProgress?.({
          files: dumps.length,
          sourceBytes: done.bytes + written.bytes,
          storedBytes: done.storedBytes + written.storedBytes,
        });
      },
    });
    done.bytes += bytes;
    done.storedBytes += progress.storedBytes;
    dumps.push({ object, bytes, ...(objects === undefined ? {} : { objects }), ...part.facts, ...facts });
  }
  const warnings = [...plan.warnings, ...((await plan.afterwards?.(signal)) ?? [])];
  const summary = summaryOf(kind, place, { plan, dumps, warnings });
  assertNotEmptied(kind, summary, request.previous);
  return summary;
}

function summaryOf(
  { source }: DumpKind,
  { container }: ToolPlace,
  { plan, dumps, warnings }: { plan: DumpPlan; dumps: DumpInPoint[]; warnings: readonly string[] },
): CaptureSummary {
  const counts = dumps.flatMap(({ objects }) => objects ?? []);
  return {
    ...{ kind: "full", needs: [], incomplete: false },
    totals: {
      // A dump that does not tell what is in it counts as one.
      entries: counts.reduce((sum, count) => sum + count, 0) + dumps.length - counts.length,
      ...{ files: dumps.length, directories: 0, symlinks: 0, hardlinks: 0 },
      sourceBytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    capture: { ...(container === undefined ? {} : { container }), ...plan.facts, dumps },
    warnings: warnings.map((message) => ({ path: source, problem: "skipped", message })),
    warningCount: warnings.length,
  };
}

/** A server that was made anew is empty: never a good backup until somebody says so. */
function assertNotEmptied(
  { source, allowEmpty }: DumpKind,
  { totals }: CaptureSummary,
  previous: CommitRecord | undefined,
): void {
  const before = previous?.totals.entries ?? 0;
  if (allowEmpty || totals.entries > 0 || before === 0) return;
  throw new HoldfastError("source", {
    what: `Dumping ${source}`,
    why: `it is empty where it was not: the last recovery point holds ${before} tables or the like`,
    next: "look whether the server lost its volume; if it is meant to be empty, set `allowEmpty: true` in its source",
  });
}

/** Opened by its first bytes: where nothing comes of a tool, no store has begun anything. */
function lazily(request: CaptureRequest, name: string): ByteSink {
  let sink: ByteSink | undefined;
  return { write: (chunk) => (sink ??= request.openObject(name)).write(chunk) };
}
