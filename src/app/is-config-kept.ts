/** Whether the stores have the config of the stack as it is now. */
import { CONTENT_DIGEST } from "../domain/config-job.ts";
import type { Job } from "../domain/job.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { listPointFolders } from "./point-folders.ts";

interface KeptConfig {
  job: Job;
  stores: readonly Store[];
  signal: AbortSignal;
}

/** The newest point of each store has it. */
export async function isConfigKept(
  { catalog, stack }: Pick<AppContext, "catalog" | "stack">,
  {
    job,
    source,
    stores,
    signal,
  }: KeptConfig & { source: Source & { digest: (signal: AbortSignal) => Promise<string> } },
): Promise<boolean> {
  const digest = await source.digest(signal);
  const listings = await Promise.all(
    stores.map((store) => catalog.listPoints(store, { stack, job: job.name, signal })),
  );
  return listings.every(({ points }) => points[0]?.record.capture[CONTENT_DIGEST] === digest);
}

/** In any store; one that does not answer has none that is known of. */
export async function hasPoints(
  { stack }: Pick<AppContext, "stack">,
  { job, stores, signal }: KeptConfig,
): Promise<boolean> {
  const looks = await Promise.allSettled(
    stores.map((store) => listPointFolders(store, { stack, job: job.name, signal })),
  );
  signal.throwIfAborted();
  return looks.some((look) => look.status === "fulfilled" && look.value.folders.length > 0);
}
