/** Gives the dumps of a point to a server, from the first store whose copy is whole. */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { DumpRestorer, RestoredDumps } from "../ports/dump-restorer.ts";
import type { AppContext } from "./app-context.ts";
import { openDumps } from "./dumps-of-point.ts";
import type { LocatedPoint, PointCopy } from "./locate-point.ts";
import type { RunReporter } from "./perform-run.ts";
import { isTroubleOfTheStore } from "./trouble-of-store.ts";

export interface GiveRequest {
  restorer: DumpRestorer;
  copies: LocatedPoint["copies"];
  database: string | undefined;
  service: string | undefined;
  signal: AbortSignal;
}

export interface GivenDumps {
  restored: RestoredDumps;
  /** That they came from. */
  copy: PointCopy;
  /** Why the copies before this one could not be used, and what the restore itself warns of. */
  warnings: readonly string[];
}

export async function giveDumps(
  context: AppContext,
  { copies, ...request }: GiveRequest,
  reporter: RunReporter,
): Promise<GivenDumps> {
  const failures: string[] = [];
  for (const [at, copy] of copies.entries()) {
    try {
      const restored = await giveCopy(context, { ...request, copy }, reporter);
      return { restored, copy, warnings: [...failures, ...restored.warnings] };
    } catch (error) {
      if (at === copies.length - 1 || request.signal.aborted || !isTroubleOfTheStore(error)) throw error;
      failures.push(messageOf(error));
    }
  }
  throw new HoldfastError("internal", { what: "Restoring dumps", why: "there was no copy to restore from" });
}

async function giveCopy(
  context: AppContext,
  { restorer, copy, database, service, signal }: Omit<GiveRequest, "copies"> & { copy: PointCopy },
  reporter: RunReporter,
): Promise<RestoredDumps> {
  const use = await context.locks.use(copy.store, {
    ...{ operation: "restore", points: [copy.point.id], signal },
  });
  const until = AbortSignal.any([signal, use.signal]);
  const totalBytes = copy.point.record.totals.sourceBytes;
  try {
    const dumps = await openDumps(copy, { keys: context.keys, signal: until });
    return await restorer.restore({
      ...{ dumps, database, service, signal: until },
      onProgress: (bytes) => reporter.progress({ phase: "restoring", files: 0, bytes, totalBytes }),
    });
  } finally {
    await use.release();
  }
}
