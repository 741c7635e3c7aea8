/** Kills sidecars at random moments of captures of a live DuckDB database in a container, and has every point restored and read. */
import { openLab } from "../../e2e/lab/lab.ts";
import { randomFrom } from "../moments.ts";
import { DuckdbStack } from "./duckdb-stack.ts";
import { measureBackup, shootBackup, type BackupHit, type BackupShot } from "./shoot-backup.ts";
import { JOBS, type Job } from "./stack-files.ts";

export interface DuckdbStackTorture {
  /** Half of them where the sidecar has the volume mounted. */
  kills: number;
  seed: number;
  print: (line: string) => void;
}

interface Measured {
  tookMs: number;
  pausedMs: number;
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
        const where = isMounted ? "mounted" : "by its name";
        const shots = { kills: count, random, print: (line: string) => print(`${where}: ${line}`) };
        await shootAll(stack, shots).catch((cause: unknown) => {
          throw new Error(`seed ${seed}, ${where}`, { cause });
        });
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
  { kills, random, print }: { kills: number; random: () => number; print: (line: string) => void },
): Promise<void> {
  const measured: Partial<Record<Job, Measured>> = {};
  const hits: BackupHit[] = [];
  let points = 0;
  for (let at = 0; at < kills; at += 1) {
    const job = JOBS[at % JOBS.length] ?? "named";
    if (measured[job] === undefined) {
      measured[job] = await measureBackup(stack, job);
      points += 1;
    }
    const shot = shotAt(job, measured[job], random);
    hits.push(
      await shootBackup(stack, shot).catch((cause: unknown) => {
        throw new Error(`kill ${at}: ${JSON.stringify(shot)}`, { cause });
      }),
    );
    if (at % CHECK_EVERY === CHECK_EVERY - 1 || at === kills - 1) {
      await stack.backUpAndCheck(job);
      points += 1;
      print(
        `${figuresOf(hits)}; ${points + hits.filter(({ hasPoint }) => hasPoint).length} points are right`,
      );
    }
  }
}

/** Nobody is paused most of the time: every other kill of who pauses at all is while, or soon after, somebody is. */
function shotAt(job: Job, { tookMs, pausedMs }: Measured, random: () => number): BackupShot {
  const rescuer = random() < 0.5 ? "guard" : "restarted sidecar";
  if (pausedMs > 0 && random() < 0.5) {
    return { job, rescuer, from: "pause", afterMs: random() * pausedMs };
  }
  return { job, rescuer, from: "start", afterMs: (0.2 + 0.8 * random()) * tookMs };
}

function figuresOf(hits: readonly BackupHit[]): string {
  const count = (has: (hit: BackupHit) => boolean) => hits.filter(has).length;
  const most = (of: (hit: BackupHit) => number) => Math.round(Math.max(0, ...hits.map(of)));
  const paused = (by: BackupHit["rescuer"]) => count(({ wasPaused, rescuer }) => wasPaused && rescuer === by);
  return [
    `${hits.length} kills, ${count(({ wasLate }) => wasLate)} of them too late`,
    `${count(({ wasPaused }) => wasPaused)} with the writer paused (${paused("guard")} with the guard alone, ${paused("restarted sidecar")} with a sidecar that started again)`,
    `paused for ${most(({ pausedMs }) => pausedMs)} ms at most, and at work again ${most(({ goesOnAfterMs }) => goesOnAfterMs)} ms after the kill at most`,
  ].join("; ");
}
