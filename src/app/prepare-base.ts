/** Finds what a backup run may build on, and brings the index of it to a local file. When there is nothing: why. */
import { chooseBase } from "../domain/choose-base.ts";
import { messageOf } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { INDEX_OBJECT, objectOf, type CatalogPoint } from "../domain/recovery-point.ts";
import type { CaptureBase } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { encryptionFor } from "./encryption-for.ts";
import { openObject } from "./point-objects.ts";

export interface BaseRequest {
  job: Job;
  /** Somebody wants a full now. */
  isFullAsked: boolean;
  /** Those that are written to, and what they hold of the job. Their locks are held. */
  stores: readonly { store: Store; points: readonly CatalogPoint[] }[];
  signal: AbortSignal;
}

export interface PreparedBase {
  base?: CaptureBase | undefined;
  /** A clause that follows "a full, because"; undefined with a base. */
  fullBecause?: string | undefined;
  /** That clause is no plan but trouble. */
  isTrouble?: boolean;
}

type BaseContext = Pick<AppContext, "clock" | "random" | "indexes" | "keys" | "encryption">;

/** Rejects only when the run is cancelled: without a base the run is a full. */
export async function prepareBase(
  { clock, random, indexes, keys, encryption }: BaseContext,
  request: BaseRequest,
): Promise<PreparedBase> {
  const { job, isFullAsked, stores, signal } = request;
  if (isFullAsked) return { fullBecause: "it was asked for" };
  const now = clock.now();
  const choice = chooseBase({
    ...{ full: job.full, sourceKind: job.sourceKind, now },
    stores: stores.map(({ points }) => points),
  });
  if (choice.base === undefined) return { fullBecause: choice.fullBecause };
  const record = choice.base;
  if (record.encryption === null && encryptionFor({ encryption }, job) !== undefined)
    return { fullBecause: "the points before it are not encrypted" };
  const object = objectOf(record, INDEX_OBJECT);
  if (object === undefined) return { fullBecause: `${record.id} has no index`, isTrouble: true };
  const failures: string[] = [];
  for (const { store } of stores) {
    try {
      const fetch = () => openObject(store, record, INDEX_OBJECT, { keys }).read({ signal });
      const indexPath = await indexes.obtain(job.name, object, fetch);
      const seed = Math.floor(random() * 2 ** 32);
      return { base: { record, indexPath, now, seed, recheck: job.recheck } };
    } catch (error) {
      signal.throwIfAborted();
      failures.push(messageOf(error));
    }
  }
  return {
    fullBecause: `the index of ${record.id} could not be read: ${failures.join(" ")}`,
    isTrouble: true,
  };
}
