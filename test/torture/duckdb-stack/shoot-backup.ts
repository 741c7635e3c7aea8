/** One kill of a sidecar while it captures a live database, and what becomes of the writer that it may have held. */
import type { DuckdbStack, Job } from "./duckdb-stack.ts";

export interface BackupShot {
  job: Job;
  /** From the start of the backup, in milliseconds. */
  afterMs: number;
  /** Who ends what was begun: the sidecar that is started again, or the guard, because it stays dead. */
  rescuer: "restarted sidecar" | "guard";
}

export interface BackupHit {
  /** The writer was, when the sidecar was dead. */
  wasPaused: boolean;
  /** The backup had ended before. */
  wasLate: boolean;
  /** From the kill until the writer acknowledged commits again. */
  goesOnAfterMs: number;
}

export async function shootBackup(
  stack: DuckdbStack,
  { job, afterMs, rescuer }: BackupShot,
): Promise<BackupHit> {
  let wasLate = false;
  const backup = stack.backUp(job).then(() => (wasLate = true));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const hit = { wasLate };
  await stack.killSidecar();
  const since = performance.now();
  const wasPaused = await stack.isWriterPaused();
  if (rescuer === "restarted sidecar") await stack.startSidecar();
  await stack.untilWriterGoesOn();
  const goesOnAfterMs = performance.now() - since;
  await backup;
  if (rescuer === "guard") await stack.startSidecar();
  // Neither the guard nor the next start may hold anybody again.
  await stack.untilWriterGoesOn();
  return { ...hit, wasPaused, goesOnAfterMs };
}

/** How long a backup takes that nobody kills, and is right, in milliseconds. */
export async function measureBackup(stack: DuckdbStack, job: Job): Promise<number> {
  const began = performance.now();
  const { exitCode, stdout, stderr } = await stack.backUp(job);
  if (exitCode !== 0) throw new Error(`job ${job}: ${stdout}${stderr}`);
  return performance.now() - began;
}
