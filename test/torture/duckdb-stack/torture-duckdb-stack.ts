/** Kills sidecars at random moments of captures of a live DuckDB database in a container, and has every few of its points restored and read. */
import { openLab } from "../../e2e/lab/lab.ts";
import { randomFrom } from "../moments.ts";
import { DuckdbStack, JOBS, type Job } from "./duckdb-stack.ts";
import { measureBackup, shootBackup, type BackupHit, type BackupShot } from "./shoot-backup.ts";

export interface DuckdbStackTorture {
  /** Half of them where the sidecar has the volume mounted. */
  kills: number;
  seed: number;
  print: (line: string) => void;
}

const CHECK_EVERY = 5;

/** Throws at the first writer that is left paused, and at the first point that is not what it must be. */
export async function tortureDuckdbStack({ kills, seed, print }: DuckdbStackTorture): Promise<void> {
  const random = randomFrom(seed);
  const opened = await openLab();
  try {
    for (const isMounted of [true, false]) {
      const count = isMounted ? Math.ceil(kills / 2) : Math.floor(kills / 2);
      const stack = new DuckdbStack(opened.lab, { load: isMounted ? "storm" : "paced", isMounted, seed });
      try {
        await stack.up();
        const hits = await shootAll(stack, { kills: count, seed, random });
        print(`seed ${seed}, ${isMounted ? "mounted" : "by its name"}: ${figuresOf(hits)}`);
      } finally {
        await stack.remove();
      }
    }
  } finally {
    await opened.close();
  }
}

async function shootAll(
  stack: DuckdbStack,
  { kills, seed, random }: { kills: number; seed: number; random: () => number },
): Promise<BackupHit[]> {
  const took: Partial<Record<Job, number>> = {};
  const hits: BackupHit[] = [];
  for (let at = 0; at < kills; at += 1) {
    const job = JOBS[at % JOBS.length] ?? "named";
    took[job] ??= await measureBackup(stack, job);
    const rescuer = random() < 0.5 ? "guard" : "restarted sidecar";
    const shot: BackupShot = { job, afterMs: (0.2 + 0.8 * random()) * took[job], rescuer };
    hits.push(
      await shootBackup(stack, shot).catch((cause: unknown) => {
        throw new Error(`seed ${seed}, kill ${at}: ${JSON.stringify(shot)}`, { cause });
      }),
    );
    if (at % CHECK_EVERY === CHECK_EVERY - 1 || at === kills - 1) await stack.backUpAndCheck(job);
  }
  return hits;
}

function figuresOf(hits: readonly BackupHit[]): string {
  const count = (has: (hit: BackupHit) => boolean) => hits.filter(has).length;
  const slowest = Math.round(Math.max(0, ...hits.map(({ goesOnAfterMs }) => goesOnAfterMs)));
  return `${hits.length} kills, ${count(({ wasPaused }) => wasPaused)} with the writer paused, ${count(({ wasLate }) => wasLate)} too late; it went on after ${slowest} ms at most`;
}
