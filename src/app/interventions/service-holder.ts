/**
 * Holds services of the stack still while something of theirs is captured, and never longer: everything that is done to them is
 * in the journal before it is done, and undone when the work has ended, however it ends, or by whoever starts next (invariant 2).
 */
import { randomUUID } from "node:crypto";
import { cancellation, messageOf } from "../../domain/errors.ts";
import { holdOrder } from "../../domain/hold-order.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { TellEvent } from "../../domain/stack-event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type {
  HeldContainer,
  HoldMode,
  Intervention,
  InterventionJournal,
  Worker,
} from "../../ports/intervention-journal.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { within } from "../within.ts";
import { awaitHealth } from "./await-health.ts";
import { endedForKilled } from "./end-events.ts";
import { begin, isUnderWay, leave } from "./under-way.ts";
import { holdContainers, holdContainersAgain } from "./hold-containers.ts";
import { heldByAnother, namesOf, notReleased } from "./hold-error.ts";
import { awaitQuietMoment } from "./quiet-moment.ts";
import { release } from "./release.ts";
import { servicesToHold } from "./services-to-hold.ts";
import type { Guard } from "./guard.ts";
import { Stopwatch } from "./stopwatch.ts";

export interface HolderContext {
  runtime: ContainerRuntime;
  journal: InterventionJournal;
  processes: ProcessTable;
  clock: Clock;
  /** The Compose project, where this process runs in none. */
  project: string;
  /** Undefined: nobody watches over an intervention but its owner and the next start. */
  guard: Guard | undefined;
  /** Ends what the worker of an intervention has begun. Services run again only after it; while it throws, they do not. */
  endWork?: ((intervention: Intervention) => Promise<void>) | undefined;
  /** Told of what a killed run had begun. */
  onEvent: TellEvent;
}

export interface HoldRequest {
  job: string;
  mode: HoldMode;
  /** Compose services of the project, each with all its replicas. */
  services: readonly string[];
  /** Of `stop`: how long a service may take to end. Undefined: its own. */
  grace: Milliseconds | undefined;
  /** The work is cancelled and the services released after this. */
  limit: Milliseconds;
  /** The container that does the work, if one does. */
  worker?: Worker | undefined;
  /** Its work has to be settled soon, also where no service is held for it: a guard is made in any case. */
  isUrgent?: boolean | undefined;
  /** The work, as the start of a sentence. Default: a capture. */
  doing?: string | undefined;
  signal: AbortSignal;
  /** Told of what is less than it should be, but keeps nothing from being held. Must not throw. */
  onWarning?: ((message: string) => void) | undefined;
}

/** What the work may do about the services that are held for it. */
export interface Holding {
  /** Those that were stopped. */
  stopped: readonly HeldContainer[];
  /** Before the work has ended. Throws while they cannot. */
  letRun(): Promise<void>;
  /** After that: stops them once more. */
  holdAgain(signal: AbortSignal): Promise<void>;
  /** What the worker has done is to stay: from now on nobody settles it. */
  keepWork(): Promise<void>;
}

export interface Held<T> {
  value: T;
  /** From the first service that was held to the last that was released, without what they ran in between. */
  heldMs: Milliseconds;
  /** Those that were stopped, and started again. */
  stopped: readonly HeldContainer[];
}

/** While somebody else holds services, it is looked this often whether that has ended. */
const LOOK_EVERY_MS = 100;
/** Ending what was begun is not cancelled with the work; ten seconds are all that a SIGTERM leaves (invariant 8). */
const RELEASE_LIMIT_MS = 8_000;
/** Nobody waits for the end of a settlement, and what is being stopped has to end first. */
const SETTLE_LIMIT_MS = 300_000;
/** A request of a killed process may still be on its way to the engine: after this it is not. */
const IN_FLIGHT_MS = 1_000;
/** What a deadline leaves to the owner itself. */
const DEADLINE_SLACK_MS = 60_000;

export class ServiceHolder {
  readonly #context: HolderContext;
  #hasTidied = false;

  constructor(context: HolderContext) {
    this.#context = context;
  }

  /** Throws what the work throws, and `source` when a service cannot be held or released. Services that do not run are left alone. */
  async hold<T>(
    request: HoldRequest,
    work: (signal: AbortSignal, holding: Holding) => Promise<T>,
  ): Promise<Held<T>> {
    const { runtime, clock, guard } = this.#context;
    const own = await runtime.ownContainer(request.signal);
    const intervention = await this.#begin(request, own);
    const held = new Stopwatch(clock);
    let value: T;
    try {
      if (await this.#prepare(intervention, request, own)) {
        held.start();
        await holdContainers(intervention, this.#context, request.signal);
      }
      const holding = this.#holding(intervention, held);
      value = await this.#limited(request, (signal) => work(signal, holding));
    } finally {
      try {
        await this.#end(intervention, RELEASE_LIMIT_MS, held);
      } finally {
        leave(intervention);
      }
      await guard?.dismiss(intervention);
    }
    return { value, heldMs: Math.round(held.elapsed), stopped: stoppedBy(intervention) };
  }

  /** All of it is one intervention: whoever has to end it settles the work first, whether or not services run. */
  #holding(intervention: Intervention, held: Stopwatch): Holding {
    return {
      stopped: stoppedBy(intervention),
      letRun: async () => {
        await this.#release(intervention, RELEASE_LIMIT_MS);
        held.stop();
      },
      holdAgain: async (signal) => {
        held.start();
        await holdContainersAgain(intervention, this.#context, signal);
      },
      keepWork: async () => {
        intervention.worker = undefined;
        await this.#context.journal.update(intervention);
      },
    };
  }

  /** The intervention that is under way, or was left behind. */
  open(): Promise<Intervention | undefined> {
    return this.#context.journal.current();
  }

  /** A sentence for each of them that is not well within the limit. */
  awaitHealth(
    containers: readonly HeldContainer[],
    limits: { limit: Milliseconds; signal: AbortSignal },
  ): Promise<string[]> {
    return awaitHealth(containers, { ...this.#context, ...limits });
  }

  /** Ends an intervention that nobody else will end. Resolves with the one that was ended. */
  async settle(signal: AbortSignal): Promise<Intervention | undefined> {
    const { journal, guard, clock, endWork, onEvent } = this.#context;
    await this.#dismissLeftovers();
    const open = await journal.current();
    if (open === undefined || (await isUnderWay(open, { ...this.#context, signal }))) return undefined;
    await endWork?.(open);
    await this.#release(open, SETTLE_LIMIT_MS);
    await clock.sleep(IN_FLIGHT_MS, { signal });
    await this.#end(open, SETTLE_LIMIT_MS);
    await guard?.dismiss(open);
    onEvent(endedForKilled(open, clock.now()));
    return open;
  }

  async #begin(request: HoldRequest, own: Container | undefined): Promise<Intervention> {
    const { journal, clock } = this.#context;
    const { signal } = request;
    const giveUpAt = clock.monotonic() + request.limit;
    for (;;) {
      const begun = this.#interventionOf(request, own);
      const open = await begin(journal, begun);
      if (open === undefined) return begun;
      if ((await this.settle(signal)) !== undefined) continue;
      if (clock.monotonic() > giveUpAt) throw heldByAnother(request, open);
      await clock.sleep(LOOK_EVERY_MS, { signal });
    }
  }

  #interventionOf(
    { job, mode, limit, grace, worker }: HoldRequest,
    own: Container | undefined,
  ): Intervention {
    const { processes, clock, guard } = this.#context;
    const id = randomUUID();
    return {
      ...{ id, job, mode, startedAt: clock.now(), deadline: clock.now() + limit + DEADLINE_SLACK_MS },
      graceSeconds: grace === undefined ? undefined : Math.ceil(grace / SECOND),
      owner: {
        process: processes.self,
        container: own === undefined ? undefined : { id: own.id, startedAt: own.startedAt },
      },
      held: [],
      worker,
      guard: guard?.nameFor(id),
    };
  }

  /** Whether there is anything to hold: then it is in the journal, and guarded. */
  async #prepare(
    intervention: Intervention,
    request: HoldRequest,
    own: Container | undefined,
  ): Promise<boolean> {
    const { guard, journal } = this.#context;
    // Asked only now: while another one held services, they did not run.
    const isNeeded = request.isUrgent === true || (await this.#toHold(request, own)).length > 0;
    if (guard !== undefined && isNeeded) {
      await this.#watch(guard, intervention, request, own);
    }
    if (request.mode === "pause") {
      await awaitQuietMoment(await this.#toHold(request, own), { ...this.#context, signal: request.signal });
    }
    // Asked again: making a guard takes a while, in which some may have ended.
    intervention.held = await this.#toHold(request, own);
    if (intervention.held.length === 0) return false;
    await journal.update(intervention);
    return true;
  }

  /** Without a guard the next start still releases what is held: nothing fails for it. */
  async #watch(
    guard: Guard,
    intervention: Intervention,
    { job, signal, onWarning }: HoldRequest,
    own: Container | undefined,
  ): Promise<void> {
    try {
      await guard.watch(intervention, own, signal);
    } catch (error) {
      if (signal.aborted) throw cancellation(signal, `Holding services for job ${job}`);
      onWarning?.(`Services are held without a guard. ${messageOf(error)}`);
    }
  }

  /** Once: a guard is left over only where it could not remove itself. */
  async #dismissLeftovers(): Promise<void> {
    const { guard, journal } = this.#context;
    if (this.#hasTidied) return;
    this.#hasTidied = true;
    await guard?.dismissAllBut(() => journal.current());
  }

  async #toHold(request: HoldRequest, own: Container | undefined): Promise<HeldContainer[]> {
    const { runtime } = this.#context;
    const project = own?.compose?.project ?? this.#context.project;
    const containers = holdOrder(await servicesToHold(runtime, { ...request, project, own }));
    return containers.map(({ id, name, startedAt, compose }) => ({
      ...{ id, name, project, startedAt, stopAsked: false },
      ...{ service: compose?.service ?? "", number: compose?.number ?? 1 },
    }));
  }

  #limited<T>(
    { job, limit, doing, signal }: HoldRequest,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const what = `${doing ?? `Capturing job ${job}`} while its services are held, for ${formatDuration(limit)} at most,`;
    return within({ clock: this.#context.clock, limit, what, signal }, work);
  }

  /** The journal keeps the intervention until all of it runs again. */
  async #end(intervention: Intervention, limit: Milliseconds, held?: Stopwatch): Promise<void> {
    const { endWork, journal } = this.#context;
    await endWork?.(intervention);
    await this.#release(intervention, limit);
    held?.stop();
    await journal.end(intervention.id);
  }

  async #release(intervention: Intervention, limit: Milliseconds): Promise<void> {
    const { runtime, clock } = this.#context;
    const failures = await within(
      { clock, limit, what: `Letting ${namesOf(intervention)} run again` },
      (signal) => release(intervention, { runtime, clock, signal }),
    );
    if (failures.length > 0) throw notReleased(failures);
  }
}

function stoppedBy({ held }: Intervention): HeldContainer[] {
  return held.filter(({ stopAsked }) => stopAsked);
}
