/**
 * Applies a job's retention to the archives that it has adopted, as if each were a point of its own. The job's points are judged without
 * them, so that none goes for an archive's sake; an archive goes only where a newer point or archive takes its place in every rule.
 */
import { planRetention } from "../domain/plan-retention.ts";
import { retentionIn } from "../domain/retention-in.ts";
import type { RetentionDecision, RetentionPoint } from "../domain/retention.ts";
import { adoptedIn, disownArchive, type AdoptedArchive } from "./adopted-archives.ts";
import { pointsToJudge, whyNotOurs } from "./points-to-prune.ts";
import { PruneInterrupted, type PruneRequest, type PruneResult } from "./run-prune.ts";

/** What was done to the job's points, and with it what was done to its archives. Throws PruneInterrupted with both. */
export async function pruneAdopted(request: PruneRequest, own: PruneResult): Promise<PruneResult> {
  const { store, stack, job, signal } = request;
  const archives = await adoptedIn(store, { stack, job: job.name, signal });
  if (archives.length === 0) return own;
  const result: PruneResult = { decisions: [...own.decisions], removed: [...own.removed] };
  const decisions = planOf(request, archives, new Set(own.removed));
  try {
    for (const archive of archives) {
      const decision = decisions.get(archive.name);
      if (decision === undefined) continue;
      const left = decision.action === "remove" ? await whyLeft(request, archive) : undefined;
      const said = left === undefined ? decision : { ...decision, action: "keep" as const, reasons: [left] };
      result.decisions.push(said);
      if (said.action === "keep" || request.dryRun) continue;
      await remove(request, archive);
      result.removed.push(archive.name);
    }
  } catch (error) {
    throw new PruneInterrupted(request, result, error);
  }
  return result;
}

/** By the names of the archives. */
function planOf(
  request: PruneRequest,
  archives: readonly AdoptedArchive[],
  gone: ReadonlySet<string>,
): Map<string, RetentionDecision> {
  const { job, store, timezone, now } = request;
  const ours = request.points.filter(
    (point) => whyNotOurs(point, request) === undefined && !gone.has(point.id),
  );
  const points = [...pointsToJudge(ours, request), ...archives.map(asPoint)];
  const policy = retentionIn(job, store.name);
  const { decisions } = planRetention({ points, policy, timezone, now });
  return new Map(decisions.map((decision) => [decision.id, decision]));
}

/** Nothing has shown it to be damaged. */
function asPoint({ name, at }: AdoptedArchive): RetentionPoint {
  return { id: name, startedAt: at, verified: true, pinned: false, needs: [], inUse: false };
}

async function whyLeft(
  { store, signal }: PruneRequest,
  archive: AdoptedArchive,
): Promise<string | undefined> {
  const there = await store.stat(archive.name, { signal });
  return there !== undefined && there.size !== archive.size
    ? "left alone: it is another archive than the one that was adopted"
    : undefined;
}

/** The mark goes last: cut off between the two, the next prune takes it away. */
async function remove(
  { store, stack, signal, beforeEach }: PruneRequest,
  archive: AdoptedArchive,
): Promise<void> {
  beforeEach?.();
  await store.delete(archive.name, { signal });
  await disownArchive(store, archive, { stack, signal });
}
