/** Wires what a drill of a job needs. */
import { execFile } from "node:child_process";
import { checkDisk, type DiskFindings, type DiskOrder } from "../app/drill/disk-checks.ts";
import { volumeDrill, type VolumeDrillOptions } from "../app/drill/drill-volume.ts";
import { dumpDrill } from "../app/drill/drill-dump.ts";
import { drillPlaces, sweepDrillPlaces } from "../app/drill/drill-place.ts";
import { sweepThrowaways } from "../app/drill/throwaway-container.ts";
import { diskDrill } from "../app/drill-disks.ts";
import type { PointChoice } from "../app/find-point.ts";
import { findMountedSource, findNamedSource } from "../app/restore-in-stack/mounted-source.ts";
import type { PointDrill } from "../app/run-drill.ts";
import { createDatabaseOpener } from "../capture/open-database.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { SourceOptions } from "../config/schema.ts";
import { asError } from "../domain/errors.ts";
import type { Store } from "../ports/store.ts";
import type { Stack, WiredJob } from "./compose.ts";
import { createDumpTrials } from "./compose-dumps.ts";
import { askDatabase, databaseCheckOf } from "./compose-query.ts";
import { endKilledStackDrills } from "./compose-stack-drill.ts";
import { diskJobs, snapshotKeyOf } from "./compose-snapshots.ts";

export interface JobDrill {
  /** Where its points are, in the order of preference. */
  stores: readonly Store[];
  /** What the job's drills are of, where nobody says it. */
  choice: PointChoice;
  drill: PointDrill;
}

export interface DrillWishes {
  /** Of the disks that are made. */
  zone?: string | undefined;
  /** Name of the store to restore from. */
  store?: string | undefined;
}

/** Undefined for a job whose points cannot be drilled. */
export function drillOfJob(stack: Stack, name: string, wishes: DrillWishes = {}): JobDrill | undefined {
  const { job, stores } = stack.job(name);
  const { context, config } = stack;
  const point = job.drill.point === "random" ? { random: context.random() } : { newest: true as const };
  const disks = diskJobs(stack).find((of) => of.name === name);
  if (disks !== undefined) {
    const { store, provider } = disks.place;
    const { attach: isAttached, checks } = job.drill;
    const attach = isAttached ? { checks, scratch: config.scratchDirectory } : undefined;
    const options = { provider, zone: wishes.zone, snapshotKey: snapshotKeyOf(config, name), attach };
    return { stores: [store], choice: point, drill: diskDrill(context, options) };
  }
  const source = config.jobs.find((configured) => configured.job.name === name)?.source;
  if (source === undefined) return undefined;
  const from = wishes.store ?? job.drill.from;
  const common = { stores: from === undefined ? stores : [stack.store(from)], choice: point };
  const { runtime, clock } = context;
  const trials = createDumpTrials(source, { runtime, clock, project: config.project, job: name });
  const around = { scratch: config.scratchDirectory, checks: job.drill.checks, project: config.project };
  if (trials !== undefined) return { ...common, drill: dumpDrill(context, { ...around, trials }) };
  if (source.kind !== "volume" && source.kind !== "container") return undefined;
  return {
    ...common,
    drill: volumeDrill(context, {
      ...{ ...around, ...userOf(stack, job, source) },
      databases: databaseCheckOf(config, name),
      ask: askDatabase,
    }),
  };
}

/** Removes what drills of this stack have left that were killed; gives sentences. */
export async function endKilledDrills(stack: Stack, signal: AbortSignal): Promise<string[]> {
  const { context, config, jobs } = stack;
  const { scratchDirectory } = config;
  const places = await sweepDrillPlaces(scratchDirectory, context.processes);
  const usesEngine = jobs.some(
    ({ job: { drill }, dumps }) =>
      dumps !== undefined || drill.attach || drill.checks.some(({ kind }) => kind === "command"),
  );
  const containers = usesEngine
    ? await sweepThrowaways(context, await drillPlaces(scratchDirectory), signal)
    : [];
  const copies =
    config.stackDrill.schedule === undefined && !usesEngine ? [] : await endKilledStackDrills(stack, signal);
  return [...places, ...containers, ...copies].map(
    (what) => `Removed ${what}, which a drill had left that was killed.`,
  );
}

/** The same of disks that the cloud has, of jobs that are drilled by schedule. One after the other; each failure is told. */
export async function endKilledDiskDrills(
  stack: Stack,
  { signal, onFailed }: { signal: AbortSignal; onFailed: (error: unknown) => void },
): Promise<string[]> {
  const sentences: string[] = [];
  for (const { name, place } of diskJobs(stack)) {
    const { job } = stack.job(name);
    const drilled = drillOfJob(stack, name);
    if (job.drill.schedule === undefined || drilled === undefined) continue;
    try {
      const held = await stack.context.locks.hold(place.store, { operation: "drill", job: name, signal });
      const left = await drilled.drill.clean(name, signal).finally(() => held.release());
      sentences.push(...left.map((what) => `${what} was left by a drill that was killed, and is removed.`));
    } catch (error) {
      onFailed(error);
    }
  }
  return sentences;
}

/** Whose data it is: of that service is the image in which a check runs. */
function userOf(
  { restorer, runtime }: Stack,
  { name }: WiredJob["job"],
  source: SourceOptions,
): Pick<VolumeDrillOptions, "sourceOf" | "home"> {
  if (source.kind === "container")
    return {
      sourceOf: () => Promise.resolve(undefined),
      home: { service: source.service, mount: source.path },
    };
  return {
    home: undefined,
    sourceOf: async (signal) => {
      const place = await restorer.placeOf(name, signal);
      return place.path === undefined
        ? findNamedSource(runtime, { job: name, volume: place.volume }, signal)
        : findMountedSource(runtime, place.path, signal);
    },
  };
}

/** In a container that may mount it: `order` is what a drill has given to that. */
export function lookAtAttachedDisk(order: string, signal: AbortSignal): Promise<DiskFindings> {
  const around = { clock: systemClock, at: "/tmp/disk", run: runHere };
  const opener = createDatabaseOpener({ clock: systemClock });
  return checkDisk(JSON.parse(order) as DiskOrder, { ...around, opener }, signal);
}

function runHere([program = "", ...args]: readonly string[], signal: AbortSignal) {
  return new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    execFile(program, args, { signal }, (error, _stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(asError(error));
      else resolve({ exitCode: Number(error?.code ?? 0), stderr });
    });
  });
}
