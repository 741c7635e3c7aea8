/**
 * A copy of a stack beside the one that runs: made empty, filled by points, started as its services need one another, looked at, and
 * taken away. It can reach nothing but itself, and nothing but Holdfast reaches it.
 */
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { PlannedPoint, RestoreKind } from "../../domain/recovery-plan.ts";
import type { Clock } from "../../ports/clock.ts";
import { inParallel } from "../in-parallel.ts";
import { checkServices, type ServiceCheck } from "../recover/check-services.ts";
import { StackServices } from "../recover/stack-services.ts";
import { within } from "../within.ts";
import { assertFree } from "./assert-free.ts";
import type { CopiedVolume } from "./copied-volumes.ts";
import type { CopyPlan } from "./plan-copy.ts";
import { removalCommand, removeCopy, type CopyRemover } from "./remove-copy.ts";

export interface CopyContext extends CopyRemover {
  clock: Clock;
  /** How long a service may take to be healthy. */
  healthLimit: Milliseconds;
  /** Restores a point of a volume or a directory. Gives warnings. */
  fill: (step: CopyStep, place: FilledPlace, signal: AbortSignal) => Promise<readonly string[]>;
  /** Gives the dumps of a point to the server in the copy, once that answers. Gives warnings. */
  giveDumps: (step: CopyStep, signal: AbortSignal) => Promise<readonly string[]>;
  /** What else has to pass: a clause for each that does not. */
  failedChecks: (jobs: readonly string[], signal: AbortSignal) => Promise<string[]>;
  /** Told of each step in a sentence. Must not throw. */
  tell: (sentence: string) => void;
}

/** What is restored, as a recovery plans it. */
export interface CopyStep {
  job: string;
  kind: RestoreKind;
  /** Of dumps: the service of their server. */
  service: string | undefined;
  point: PlannedPoint;
}

/** Where in the copy the data of a job is to be. */
export interface FilledPlace {
  volume: CopiedVolume;
  /** Within the volume: empty, or beginning with a slash. */
  below: string;
}

export interface CopyCheck {
  services: readonly ServiceCheck[];
  /** Clauses: what keeps the copy from being well. */
  failures: readonly string[];
}

/** Volumes that are filled at once. */
const PARALLEL_VOLUMES = 2;
/** Not cancelled with the work; ten seconds are all that a SIGTERM leaves (invariant 8). */
const REMOVAL_LIMIT: Milliseconds = 8 * SECOND;

export class StackCopy {
  readonly plan: CopyPlan;
  /** Those of the copy. */
  readonly services: StackServices;
  readonly #context: CopyContext;
  #isBegun = false;
  /** What servers say while dumps are restored into them is of no interest. */
  #startedAt = 0;

  constructor(context: CopyContext, plan: CopyPlan) {
    const { runtime, clock, healthLimit } = context;
    this.#context = context;
    this.plan = plan;
    this.services = new StackServices({ runtime, clock, healthLimit, project: plan.project });
  }

  /** Whether there may be something of it. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Makes its network and its volumes. Throws `refused` where there is a project of that name. */
  async make(signal: AbortSignal): Promise<void> {
    const { engine } = this.#context;
    const { network, volumes } = this.plan;
    await assertFree(this.#context, this.plan, signal);
    this.#isBegun = true;
    await engine.createNetwork(network, signal);
    for (const volume of volumes) await engine.createVolume(volume, signal);
  }

  /** Those of volumes, while nothing runs that uses them. Gives warnings. */
  async fillVolumes(steps: readonly CopyStep[], signal: AbortSignal): Promise<string[]> {
    const { fill } = this.#context;
    const filled = this.plan.volumes.filter(({ fills }) => fills.length > 0);
    const warnings = await inParallel(filled, PARALLEL_VOLUMES, async (volume) => {
      const said: string[] = [];
      // What is further down comes later: the restore of a directory replaces all that is in it.
      for (const { job, below } of volume.fills.toSorted((a, b) => a.below.length - b.below.length)) {
        const step = steps.find((each) => each.job === job && each.kind === "volume");
        if (step === undefined) continue;
        const place = { volume, below };
        said.push(...(await this.#restored(step, () => fill(step, place, signal))));
      }
      return said;
    });
    return warnings.flat();
  }

  /** After the volumes are filled: an engine puts files of the image into an empty one. */
  async createContainers(signal: AbortSignal): Promise<void> {
    const { engine } = this.#context;
    const { containers } = this.plan;
    // Who lives in the network of another one needs that to be there.
    const lodgers = containers.filter(({ network }) => network !== undefined && "of" in network);
    for (const container of containers)
      if (!lodgers.includes(container)) await engine.createContainer(container, signal);
    for (const container of lodgers) await engine.createContainer(container, signal);
  }

  /** Starts the servers, with what they need, and restores dumps into them. Gives warnings. */
  async restoreDumps(
    steps: readonly CopyStep[],
    servers: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]> {
    const { giveDumps, tell } = this.#context;
    const dumps = steps.filter(({ kind }) => kind === "dump");
    if (dumps.length === 0) return [];
    await this.services.startNamed(servers, { tell, signal });
    const warnings: string[] = [];
    for (const step of dumps) warnings.push(...(await this.#restored(step, () => giveDumps(step, signal))));
    return warnings;
  }

  /** All of its services, each once what it depends on is up. */
  async start(signal: AbortSignal): Promise<void> {
    this.#startedAt = this.#context.clock.now();
    await this.services.startAll(() => true, { tell: this.#context.tell, signal });
  }

  /** Whether they are up, what they have logged, and the checks of these jobs. */
  async check(jobs: readonly string[], signal: AbortSignal): Promise<CopyCheck> {
    const services = await checkServices(this.services, await this.services.all(signal), {
      ...{ signal, since: this.#startedAt },
    });
    const failures = services.flatMap(({ failure }) => failure ?? []);
    return { services, failures: [...failures, ...(await this.#context.failedChecks(jobs, signal))] };
  }

  /** All of it, whatever happened before. Throws with the command that does it by hand. */
  async remove(): Promise<void> {
    const { clock } = this.#context;
    const { project } = this.plan;
    const what = `Removing project ${project}`;
    try {
      await within({ clock, limit: REMOVAL_LIMIT, what }, (signal) =>
        removeCopy(this.#context, project, signal),
      );
    } catch (error) {
      const why = error instanceof HoldfastError ? error.facts.why : messageOf(error);
      const next = `remove what is left of it by \`${removalCommand(project)}\``;
      throw new HoldfastError("runtime", { what, why, next, cause: error });
    }
  }

  async #restored(
    { job, point }: CopyStep,
    work: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    this.#context.tell(`Restoring ${job} from point ${point.id} in ${point.store}`);
    return (await work()).map((warning) => `${job}: ${warning}`);
  }
}
