/** Carries a plan of copying out: point by point, each only after all that it needs, so that whatever has arrived can be restored. */
import { hasCode } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { contentOf } from "../domain/same-content.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { copyPoint, type CopyFailure } from "./copy-point.ts";
import type { BackupStore } from "./destination.ts";
import type { CopyingPlan, PointToCopy } from "./points-to-copy.ts";

export interface CopyingRequest {
  plan: CopyingPlan;
  to: BackupStore;
  /** What the store holds of the job. */
  there: readonly CatalogPoint[];
  clock: Clock;
  signal: AbortSignal;
  /** Asked before each point is begun. Default: yes. */
  mayBegin?: (() => boolean) | undefined;
  /** Told of copies that were found damaged while they were read. */
  onDamaged?: ((store: Store, point: CatalogPoint, problem: string) => Promise<void>) | undefined;
  onProgress?: ((progress: { bytes: number; totalBytes: number }) => void) | undefined;
}

export interface CopiedPoint {
  id: string;
  from: string;
  storedBytes: number;
}

export interface CopyingResult {
  copied: CopiedPoint[];
  /** One sentence each: what could not be copied because of itself, or of where it is. */
  problems: string[];
  /** What ended it: trouble of the store that is written to, or a cancellation. */
  failure: Error | undefined;
  /** Ids of those that were not begun. */
  left: string[];
}

/** Never rejects. */
export async function copyPoints(request: CopyingRequest): Promise<CopyingResult> {
  const { plan, to } = request;
  const result: CopyingResult = { copied: [], problems: [], failure: undefined, left: [] };
  for (const { id, why } of plan.damaged) result.problems.push(notCopied(id, to, why));
  const present = new Map(request.there.map(({ id, record }) => [id, contentOf(record)]));
  const bytes = { done: 0, total: plan.copies.reduce((sum, { point }) => sum + storedBytesOf(point), 0) };
  const onBytes = (count: number) => {
    bytes.done += count;
    request.onProgress?.({ bytes: bytes.done, totalBytes: bytes.total });
  };
  for (const [at, planned] of plan.copies.entries()) {
    if (request.mayBegin?.() === false) {
      result.left = plan.copies.slice(at).map(({ id }) => id);
      break;
    }
    const why = whyNot(planned, present);
    if (why === undefined) await copyOne(planned, request, { result, onBytes, present });
    else result.problems.push(notCopied(planned.id, to, why));
    if (result.failure !== undefined) break;
  }
  return result;
}

function notCopied(id: string, { store }: BackupStore, why: string): string {
  return `${id} is not copied to ${store.name}: ${why}.`;
}

function storedBytesOf({ record }: CatalogPoint): number {
  return record.totals.storedBytes;
}

/** What a point takes bytes from has to be there, and be what it was made with. */
function whyNot({ point, needs }: PointToCopy, present: ReadonlyMap<string, string>): string | undefined {
  for (const needed of point.record.needs) {
    if (!present.has(needed)) return `it needs ${needed}, which is not there`;
    if (present.get(needed) !== needs.get(needed)) return `it needs ${needed}, which is another point there`;
  }
  return undefined;
}

interface Under {
  result: CopyingResult;
  onBytes: (count: number) => void;
  present: Map<string, string>;
}

/** From the first store that gives it. Whoever pinned it wants it kept, here as there. */
async function copyOne(planned: PointToCopy, request: CopyingRequest, under: Under): Promise<void> {
  const { to, clock, signal } = request;
  const { record } = planned.point;
  const failures: string[] = [];
  for (const from of planned.from) {
    const pinnedBecause = planned.point.pinned ? `pinned in ${from.name}` : undefined;
    const failure = await copyPoint({
      ...{ record, from, to, clock, signal, pinnedBecause },
      onBytes: under.onBytes,
    });
    if (failure === undefined) return arrived(planned, from, under);
    if (isEnd(failure, signal)) {
      under.result.failure = failure.error;
      return;
    }
    failures.push(failure.error.message);
    if (hasCode(failure.error, "damaged"))
      await request.onDamaged?.(from, planned.point, failure.error.message);
  }
  under.result.problems.push(...failures);
}

function isEnd({ side }: CopyFailure, signal: AbortSignal): boolean {
  return side === "to" || signal.aborted;
}

function arrived({ id, point }: PointToCopy, from: Store, { result, present }: Under): void {
  result.copied.push({ id, from: from.name, storedBytes: storedBytesOf(point) });
  present.set(id, contentOf(point.record));
}
