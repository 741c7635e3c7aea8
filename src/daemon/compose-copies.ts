/** Wires copies of the stack: where its jobs' data is, and how points come into a copy. */
import { assertSpace } from "../app/drill/room.ts";
import type { JobData } from "../app/project-copy/copied-volumes.ts";
import { copyLabels } from "../app/project-copy/copy-labels.ts";
import { fillVolume } from "../app/project-copy/fill-volume.ts";
import { planCopy } from "../app/project-copy/plan-copy.ts";
import { StackCopy, type CopyStep } from "../app/project-copy/stack-copy.ts";
import { findMountedSource } from "../app/restore-in-stack/mounted-source.ts";
import { ownEnvironment } from "../config/load.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { LeftAlone } from "../domain/recovery-plan.ts";
import type { Container, ContainerLimits } from "../ports/container-runtime.ts";
import type { Stack } from "./compose.ts";
import { copyChecks } from "./compose-copy-checks.ts";
import { giveDumpsToCopy } from "./compose-copy-dumps.ts";
import { ownProgram } from "./compose-restorer.ts";

export interface CopyWishes {
  /** Name of the copy. */
  project: string;
  /** What is restored into it: those of a recovery's plan. */
  steps: readonly CopyStep[];
  /** Of the drill that makes it: it is swept when that is gone. Undefined: somebody asked for it, and removes it. */
  place?: string | undefined;
  limits: ContainerLimits;
  /** Of the command that restores, where keys are given to this one by hand. */
  keyArguments?: ((own: Container) => readonly string[]) | undefined;
  tell: (sentence: string) => void;
  warn: (sentence: string) => void;
  signal: AbortSignal;
}

export interface PlannedCopy {
  copy: StackCopy;
  /** Those that have a place in it. */
  steps: readonly CopyStep[];
  leftAlone: readonly LeftAlone[];
}

/** What a database takes of its dump: indexes, rows with their headers. */
const GROWTH = 3;

/** Makes nothing yet. Throws `refused` for what no copy can be made of, and `runtime` where Holdfast runs in no container. */
export async function planStackCopy(stack: Stack, wishes: CopyWishes): Promise<PlannedCopy> {
  const { runtime, config } = stack;
  const { project, place, limits, signal } = wishes;
  const own = await ownContainer(stack, signal);
  const original = own.compose?.project ?? config.project;
  const labels = copyLabels({ stack: config.stack, original, project, place });
  const { data, steps, leftAlone } = await placesOf(stack, wishes);
  const plan = planCopy({
    ...{ project, own, data, labels, limits },
    of: { project: original, blueprints: await stack.copies.blueprints(original, signal) },
    servers: steps.flatMap(({ service }) => service ?? []),
    volumes: await runtime.volumes({}, signal),
    hasSubpaths: hasSubpaths((await runtime.engine(signal)).apiVersion),
  });
  await assertCopyFits(stack, own, { project, steps });
  const { clock } = stack.context;
  const program = ownProgram(config);
  const keyArguments = wishes.keyArguments?.(own) ?? [];
  const filling = { runtime, clock, own, program, environment: ownEnvironment(), keyArguments, labels };
  const around = { stack, plan, own, labels, healthLimit: copyHealthLimit(stack) };
  const context = {
    ...{ engine: stack.copies, runtime, clock, healthLimit: around.healthLimit, tell: wishes.tell },
    fill: (...of: Parameters<StackCopyFill>) => fillVolume(filling, ...of),
    giveDumps: (step: CopyStep, until: AbortSignal) =>
      giveDumpsToCopy(around, step, { warn: wishes.warn, signal: until }),
    failedChecks: (jobs: readonly string[], until: AbortSignal) =>
      copyChecks(around, jobs, { warn: wishes.warn, signal: until }),
  };
  return { copy: new StackCopy(context, plan), steps, leftAlone };
}

type StackCopyFill = ConstructorParameters<typeof StackCopy>[0]["fill"];

/** As a recovery waits for services. */
export function copyHealthLimit({ jobs }: Stack): Milliseconds {
  return Math.max(2 * MINUTE, ...jobs.map(({ job }) => job.afterRestore.healthLimit));
}

async function ownContainer({ runtime }: Stack, signal: AbortSignal): Promise<Container> {
  const own = await runtime.ownContainer(signal);
  if (own !== undefined) return own;
  throw new HoldfastError("runtime", {
    what: "Making a copy of the stack",
    why: "Holdfast itself runs in no container of this engine, so that there is no image to make one of that restores",
    next: "run Holdfast as a service of the stack",
  });
}

interface Places {
  data: JobData[];
  steps: CopyStep[];
  leftAlone: LeftAlone[];
}

async function placesOf(stack: Stack, { steps, signal }: CopyWishes): Promise<Places> {
  const places: Places = { data: [], steps: [], leftAlone: [] };
  for (const step of steps) {
    const data = step.kind === "dump" ? [] : await dataOfJob(stack, step.job, signal);
    if (data === undefined) {
      const why =
        "its source is neither a volume nor a directory of the host, so that the copy has no place for it";
      places.leftAlone.push({ job: step.job, why, next: `\`holdfast restore ${step.job} --to DIRECTORY\`` });
      continue;
    }
    places.data.push(...data);
    places.steps.push(step);
  }
  return places;
}

/** Undefined: neither in a volume nor in a directory of the host that is known. */
export async function dataOfJob(
  stack: Stack,
  job: string,
  signal: AbortSignal,
): Promise<JobData[] | undefined> {
  const place = await stack.restorer.placeOf(job, signal);
  if (place.path === undefined) return [{ job, kind: "volume", of: place.volume, below: "" }];
  const source = await findMountedSource(stack.runtime, place.path, signal);
  if (source === undefined) return undefined;
  const { mount, path } = source;
  const below = path.slice(mount.destination.length);
  if (mount.volume !== undefined) return [{ job, kind: "volume", of: mount.volume, below }];
  return mount.source === "" ? undefined : [{ job, kind: "bind", of: mount.source, below }];
}

/** Part of a volume: from API 1.45 on, which is Docker 26. */
function hasSubpaths(apiVersion: string): boolean {
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  return major > 1 || minor >= 45;
}

/** On the engine's disk, which is seen where this container has a volume of its own; else on that of the state. */
async function assertCopyFits(
  { config }: Stack,
  { mounts }: Container,
  { project, steps }: { project: string; steps: readonly CopyStep[] },
): Promise<void> {
  const bytes = steps.reduce(
    (sum, { kind, point }) => sum + point.sourceBytes * (kind === "dump" ? GROWTH : 1),
    0,
  );
  const seen = mounts.find(({ kind, volume }) => kind === "volume" && volume !== undefined);
  await assertSpace(seen?.destination ?? config.stateDirectory, {
    ...{ what: `Making project ${project}`, bytes },
    next: "free space on the engine's disk",
  });
}
