/**
 * Restores a source that this container may only read: the services that use it are stopped, a container that may write to it
 * restores, and they run again. Whatever is killed, they do not run before the source is wholly the old or the new one.
 */
import { readdir } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { isSwapName } from "../../archive/restore/staging-name.ts";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { AfterRestore } from "../../domain/job.ts";
import type { TellEvent } from "../../domain/stack-event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommandOutput, Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HttpCaller } from "../../ports/http-caller.ts";
import type { HeldContainer, Intervention, Worker } from "../../ports/intervention-journal.ts";
import { endWork, settle } from "../interventions/end-work.ts";
import type { Holding, ServiceHolder } from "../interventions/service-holder.ts";
import { removeContainer, runContainer } from "../interventions/worker-container.ts";
import { within } from "../within.ts";
import { failedCheck } from "./run-checks.ts";
import { findMountedSource, findNamedSource, type MountedSource } from "./mounted-source.ts";
import { restoringContainer, settlingContainer } from "./restoring-container.ts";

export interface StackRestorerContext {
  runtime: ContainerRuntime;
  clock: Clock;
  http: Pick<HttpCaller, "statusOf">;
  stack: string;
  /** Told of what is worth a line. Must not throw. */
  onEvent: TellEvent;
  /** Paths of the jobs' sources, by job. */
  sources: ReadonlyMap<string, string>;
  /** Of the other jobs, the volumes that their sources are, as the config names them. */
  volumes: ReadonlyMap<string, string>;
  /** The full name of a volume, and where it is mounted in this container. Throws where there is none. */
  findVolume: (named: string, signal: AbortSignal) => Promise<{ name: string; path: string | undefined }>;
  /** Of this process. */
  environment: Readonly<Record<string, string | undefined>>;
  /** What the command line of another container begins with, to have the same config and state. */
  program: readonly string[];
}

export interface StackRestore {
  job: string;
  source: MountedSource;
  /** Added to those of the restore in place itself. */
  arguments: readonly string[];
  withDevices: boolean;
  /** Done while the services are held, before anything is changed. */
  before?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** What has to be so once services that were stopped run again. */
  after: AfterRestore;
  /** What was there before is put back when that is not so. */
  rollsBack: boolean;
  /** How long the services may be held. */
  limit: Milliseconds;
  output: CommandOutput;
  signal: AbortSignal;
}

export interface StackRestored {
  /** Of the command in the container. */
  exitCode: number;
  heldMs: Milliseconds;
  /** Undefined where services work with what was restored, or none was stopped. */
  failure: TrialFailure | undefined;
}

export interface TrialFailure {
  /** What kept services from working, as a clause. */
  why: string;
  /** What it says that put the old content back; empty where there was none, undefined where that was not wanted. */
  reverted: string | undefined;
}

/** Of a container that was cancelled: what a SIGTERM leaves is ten seconds. */
const REMOVAL_LIMIT: Milliseconds = 8_000;

/** Exit codes with which a restore has replaced the source: done, and done with warnings. */
const HAS_RESTORED: readonly number[] = [0, 3];

export class StackRestorer {
  readonly #context: StackRestorerContext;

  constructor(context: StackRestorerContext) {
    this.#context = context;
  }

  /** Undefined where the source is restored by this process itself, as nobody else has to do with it. */
  async reach(job: string, signal: AbortSignal): Promise<MountedSource | undefined> {
    const { runtime } = this.#context;
    const place = await this.placeOf(job, signal);
    if (place.path === undefined) return findNamedSource(runtime, { job, volume: place.volume }, signal);
    const source = await findMountedSource(runtime, place.path, signal);
    const isOurs = source?.mount.writable === true && source.services.length === 0;
    return isOurs ? undefined : source;
  }

  /**
   * Throws what keeps services from being held, the container from being made, services from running again, or the old content
   * from being put back.
   */
  async restore(services: ServiceHolder, request: StackRestore): Promise<StackRestored> {
    const { job, source, limit, signal } = request;
    const name = `${this.#project(source.own)}-holdfast-restore-${randomBytes(4).toString("hex")}`;
    const worker = { container: name, settle: this.#settling(`${name}-settle`, request) };
    const { value, heldMs } = await services.hold(
      {
        ...{ job, limit, signal, mode: "stop", services: source.services, grace: undefined },
        ...{ doing: `Restoring job ${job} in place`, worker },
      },
      async (until, holding) => {
        await request.before?.(until);
        return this.#restoreAndTry({ ...request, signal: until }, worker, holding);
      },
    );
    return { ...value, heldMs };
  }

  /**
   * Restores where whoever asks has stopped all that uses the source, and keeps it stopped whatever happens: nothing is held, and
   * nobody sees whether it works. Gives the exit code.
   */
  async restoreHeld(
    request: Pick<StackRestore, "job" | "source" | "arguments" | "output" | "signal">,
  ): Promise<number> {
    const { job, source, signal } = request;
    const { runtime } = this.#context;
    // Of a killed one: it would write to the same source.
    for (const { id } of await runtime.containers({ labels: this.#labels(job) }, signal))
      await runtime.remove(id, signal);
    const name = `${this.#project(source.own)}-holdfast-restore-${randomBytes(4).toString("hex")}`;
    try {
      const args = ["--held", "--source", source.path, ...request.arguments];
      const container = this.#container(name, args, { ...request, withDevices: false });
      return (await runContainer(runtime, container, request)).exitCode;
    } finally {
      const { clock } = this.#context;
      const what = `Removing container ${name}`;
      await within({ clock, limit: REMOVAL_LIMIT, what }, (until) => removeContainer(runtime, name, until));
    }
  }

  /** Where nothing was stopped, nothing tells whether it works. */
  async #restoreAndTry(
    request: StackRestore,
    worker: Worker,
    holding: Holding,
  ): Promise<Omit<StackRestored, "heldMs">> {
    const isTried = holding.stopped.length > 0;
    const onTrial = isTried && request.rollsBack;
    const options = ["--held", "--source", request.source.path, ...(onTrial ? ["--trial"] : [])];
    const exitCode = await this.#run(worker.container, [...options, ...request.arguments], request);
    if (!isTried || !HAS_RESTORED.includes(exitCode)) return { exitCode, failure: undefined };
    const why = await this.#try(request, holding);
    if (!onTrial) return { exitCode, failure: why === undefined ? undefined : { why, reverted: undefined } };
    const { runtime } = this.#context;
    const end = (trial: string): Promise<string> =>
      settle(worker, request, { runtime, signal: request.signal, more: ["--trial", trial] });
    if (why === undefined) {
      await end("accept");
      return { exitCode, failure: undefined };
    }
    await holding.holdAgain(request.signal);
    return { exitCode, failure: { why, reverted: await end("revert") } };
  }

  /** What keeps the services from working with what was restored, as a clause. */
  async #try({ source, after, signal }: StackRestore, holding: Holding): Promise<string | undefined> {
    try {
      await holding.letRun();
    } catch (error) {
      return reasonOf(error);
    }
    const project = this.#project(source.own);
    return failedCheck(this.#context, { ...after, stopped: holding.stopped, project, signal });
  }

  /** What keeps services that were stopped from working again, as a clause. */
  async failureAfter(
    stopped: readonly HeldContainer[],
    after: AfterRestore,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const own = await this.#context.runtime.ownContainer(signal);
    const project = own === undefined ? (stopped[0]?.project ?? this.#context.stack) : this.#project(own);
    return failedCheck(this.#context, { ...after, stopped, project, signal });
  }

  /** As endWork of interventions does it, but makes no container where there is nothing to put right. */
  async endWork(intervention: Intervention): Promise<void> {
    const { runtime, clock, sources, onEvent } = this.#context;
    const path = sources.get(intervention.job);
    const mayBeHalf = async (): Promise<boolean> => path === undefined || holdsHalf(path);
    await endWork(intervention, {
      runtime,
      clock,
      mayBeHalf,
      onSettled: (text) => onEvent({ kind: "cleaned", text, job: intervention.job }),
    });
  }

  async #run(name: string, args: readonly string[], request: StackRestore): Promise<number> {
    const container = this.#container(name, args, request);
    const { exitCode } = await runContainer(this.#context.runtime, container, request);
    return exitCode;
  }

  #container(
    name: string,
    args: readonly string[],
    { job, source, withDevices }: Pick<StackRestore, "job" | "source" | "withDevices">,
  ) {
    const { program, environment } = this.#context;
    return restoringContainer({
      ...{ name, source, withDevices, environment },
      command: [...program, "restore", job, "--in-place", ...args],
      labels: this.#labels(job),
    });
  }

  #settling(name: string, { job, source }: StackRestore) {
    const command = [...this.#context.program, "settle-source", source.path];
    return settlingContainer({ name, source, command, labels: this.#labels(job) });
  }

  #labels(job: string): Record<string, string> {
    return {
      "holdfast.stack": this.#context.stack,
      "holdfast.job": job,
      "holdfast.purpose": "restore",
    };
  }

  #project({ compose }: Container): string {
    return compose?.project ?? this.#context.stack;
  }

  /** Where the source of a job is in this container; a volume may be nowhere. */
  async placeOf(
    job: string,
    signal: AbortSignal,
  ): Promise<{ path: string } | { path: undefined; volume: string }> {
    const { sources, volumes, findVolume } = this.#context;
    const known = sources.get(job);
    if (known !== undefined) return { path: known };
    const named = volumes.get(job);
    if (named !== undefined) {
      const { path, name } = await findVolume(named, signal);
      return path === undefined ? { path, volume: name } : { path };
    }
    throw new HoldfastError("usage", {
      what: `Finding the source of job ${job}`,
      why: "there is no such job any more",
      next: "put it back into the config, so that what was begun there can be ended",
    });
  }
}

/** Whether a restore in place has left something there that has to be ended. */
async function holdsHalf(path: string): Promise<boolean> {
  const names = await readdir(path).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return [];
    throw error;
  });
  return names.some(isSwapName);
}

/** What to tell somebody whose source cannot be written here, and not by the engine either. */
export function unreachableSource(path: string, error: unknown): HoldfastError {
  return new HoldfastError("usage", {
    what: `Restoring to ${path}`,
    why: `it is mounted read-only here, and the container engine, which could mount it writable, cannot be asked: ${reasonOf(error)}`,
    next: "give this one command the engine's socket (`docker compose run --rm -v /var/run/docker.sock:/var/run/docker.sock SERVICE restore …`), set DOCKER_HOST to a proxy that allows one-off containers, or mount the source without `:ro` and stop what uses it",
    cause: error,
    transient: error instanceof HoldfastError && error.transient,
  });
}

function reasonOf(error: unknown): string {
  return error instanceof HoldfastError ? error.facts.why : messageOf(error);
}
