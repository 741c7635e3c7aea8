/** What the stores hold of a job, as a verify begins: what is damaged in one may be whole in another. */
import { cancellation, hasCode, messageOf } from "../domain/errors.ts";
import { isVerified, type CatalogPoint, type CommitRecord } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogListing } from "./catalog.ts";
import { readRecord } from "./point-objects.ts";

export interface ListedStore {
  store: Store;
  listing: CatalogListing;
  /** Of all points, as far as they can be read: an object may turn out to be that of a point which cannot be used. */
  records: readonly CommitRecord[];
}

interface Scope {
  job: string;
  stores: readonly Store[];
  signal: AbortSignal;
}

/** Those that answer; what keeps the others from it goes to `problems`. */
export async function listStores(
  context: AppContext,
  scope: Scope,
  problems: string[],
): Promise<ListedStore[]> {
  const { job, signal } = scope;
  const listed: ListedStore[] = [];
  for (const store of scope.stores) {
    await orProblem(scope, problems, async () => {
      const listing = await context.catalog.listPoints(store, { stack: context.stack, job, signal });
      const records = [
        ...listing.points.map(({ record }) => record),
        ...(await unusable(context, store, listing, signal)),
      ];
      listed.push({ store, listing, records });
    });
  }
  return listed;
}

async function unusable(
  { stack }: AppContext,
  store: Store,
  { problems }: CatalogListing,
  signal: AbortSignal,
): Promise<CommitRecord[]> {
  const records: CommitRecord[] = [];
  for (const { kind, job, id } of problems) {
    if (kind !== "incomplete") continue;
    try {
      records.push(await readRecord(store, { stack, job, id }, { signal }));
    } catch (error) {
      if (!hasCode(error, "damaged") && !hasCode(error, "not-found")) throw error;
    }
  }
  return records;
}

/** Trouble with one store or point leaves no verdict on it, but the others can still be read. */
export async function orProblem(
  { job, signal }: Pick<Scope, "job" | "signal">,
  problems: string[],
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (signal.aborted) throw cancellation(signal, `Verifying job ${job}`);
    problems.push(messageOf(error));
  }
}

/** Other stores that have the point, those whose copy did not fail its last proof. */
export function storesWith({ id, store }: CatalogPoint, all: readonly ListedStore[]): string[] {
  const has = ({ listing }: ListedStore) =>
    listing.points.some((other) => other.id === id && isVerified(other));
  return all.filter((other) => other.store.name !== store && has(other)).map((other) => other.store.name);
}
