/** One kill of a sidecar while it captures a live database, and what becomes of the writer that it may have held, and of a point. */
import type { DuckdbStack } from "./duckdb-stack.ts";
import type { Job } from "./stack-files.ts";
import type { Pause } from "./watch-pauses.ts";

export interface BackupShot {
  job: Job;
  /** In milliseconds, from the start of the backup, or from the moment at which its writer was paused. */
  afterMs: number;
  from: "start" | "pause";
  /** Who ends what was begun: the sidecar that is started again, or the guard, because it stays dead. */
  rescuer: "restarted sidecar" | "guard";
}

export interface BackupHit extends Pick<BackupShot, "rescuer"> {
  /** The writer was, when the sidecar was dead. */
  wasPaused: boolean;
  /** The backup had ended before. */
  wasLate: boolean;
  /** From the kill until the writer acknowledged commits again. */
  goesOnAfterMs: number;
  /** The longest of the writer's pauses. */
  pausedMs: number;
  /** There was a point in spite of the kill: it was restored and read. */
  hasPoint: boolean;
}

export async function shootBackup(
  stack: DuckdbStack,
  { job, afterMs, from, rescuer }: BackupShot,
): Promise<BackupHit> {
  const before = { point: await stack.newest(job), acknowledged: stack.acknowledged };
  const pausesBefore = stack.pauses.pauses.length;
  let wasLate = false;
  const paused = stack.pauses.next;
  const backup = stack.backUp(job).then(() => (wasLate = true));
  if (from === "pause") await Promise.race([paused, backup]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const shot = { rescuer, wasLate };
  await stack.killSidecar();
  const since = performance.now();
  const wasPaused = await stack.isWriterPaused();
  if (rescuer === "restarted sidecar") await stack.startSidecar();
  await stack.untilWriterGoesOn();
  const goesOnAfterMs = performance.now() - since;
  await backup;
  if (rescuer === "guard") await stack.startSidecar();
  const hasPoint = (await stack.newest(job)) !== before.point;
  if (hasPoint) await stack.checkNewest(job, before.acknowledged);
  // Neither the guard nor the next start may hold anybody again.
  await stack.untilWriterGoesOn();
  const pausedMs = longestOf(stack.pauses.pauses.slice(pausesBefore));
  return { ...shot, wasPaused, goesOnAfterMs, pausedMs, hasPoint };
}

/** A backup that nobody kills, and whose point is right. */
export async function measureBackup(
  stack: DuckdbStack,
  job: Job,
): Promise<{ tookMs: number; pausedMs: number }> {
  const { acknowledged } = stack;
  const pausesBefore = stack.pauses.pauses.length;
  const began = performance.now();
  const { exitCode, stdout, stderr } = await stack.backUp(job);
  if (exitCode !== 0) throw new Error(`job ${job}: ${stdout}${stderr}`);
  const tookMs = performance.now() - began;
  await stack.checkNewest(job, acknowledged);
  return { tookMs, pausedMs: longestOf(stack.pauses.pauses.slice(pausesBefore)) };
}

/** Infinite where one of them lasts. */
function longestOf(pauses: readonly Pause[]): number {
  return Math.max(0, ...pauses.map(({ heldMs = Infinity }) => heldMs));
}
