/** A job for each named volume of a stack. */
import { HoldfastError } from "./errors.ts";

export interface StackVolume {
  /** Its full name. */
  name: string;
  /** In the Compose file; undefined of one that Compose did not make. */
  key: string | undefined;
}

export interface VolumeJob {
  job: string;
  /** Full name of the volume. */
  volume: string;
}

const LONGEST_NAME = 63;

/** In the order of their names. `exclude` has keys or full names. Throws `usage` where two volumes would be one job. */
export function jobsOfStack(volumes: readonly StackVolume[], exclude: readonly string[]): VolumeJob[] {
  const jobs = new Map<string, VolumeJob>();
  for (const volume of volumes) {
    if (isNamedIn(exclude, volume)) continue;
    const job = jobNameOf(volume);
    const twin = jobs.get(job);
    if (twin !== undefined) throw collision(job, twin.volume, volume.name);
    jobs.set(job, { job, volume: volume.name });
  }
  return [...jobs.values()].sort((a, b) => (a.job < b.job ? -1 : 1));
}

export function isNamedIn(names: readonly string[], { name, key }: StackVolume): boolean {
  return names.includes(name) || (key !== undefined && names.includes(key));
}

/** Whether it would be the job of that volume. */
export function isJobOf(job: string, volume: StackVolume): boolean {
  return jobNameOf(volume) === job;
}

/** Lowercase, and begun by a letter or a digit: a key may be neither. */
function jobNameOf({ name, key = name }: StackVolume): string {
  const plain = key
    .toLowerCase()
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, LONGEST_NAME);
  return plain === "" ? "volume" : plain;
}

function collision(job: string, one: string, other: string): HoldfastError {
  return new HoldfastError("usage", {
    what: "Making a job of every volume of the stack",
    why: `volumes ${one} and ${other} would both be job ${job}`,
    next: "exclude one of them, and give it a job of its own",
  });
}
