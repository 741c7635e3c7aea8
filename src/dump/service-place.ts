/** A running container of a Compose service as the place where tools run, which are killed in it when nobody waits for them any more. */
import { HoldfastError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { CommandEnd, Container, ContainerRuntime } from "../ports/container-runtime.ts";
import type { ToolOutput, ToolPlace, ToolRun } from "./dump-kind.ts";

export interface StackContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** The Compose project, where this process runs in none. */
  project: string;
  /** A copy of that project, which is meant wherever this process runs. */
  copy?: string | undefined;
  /** Its runs never overlap. */
  job: string;
}

/** Opens a service of the stack. `what`: the start of a sentence. */
export type OpenPlace = (asked: { service: string; what: string; signal: AbortSignal }) => Promise<ToolPlace>;

/** Marks the processes of a job's tools, so that they are found again: an exec outlives whoever asked for it. */
const MARK = "HOLDFAST_TOOL";
/** Kills with the mark in the argument; a shell and grep are in every image that has a database in it. One grep for all: a server may have hundreds of processes. */
const KILL = `for p in $(grep -lF "$1" /proc/[0-9]*/environ 2>/dev/null); do p="\${p#/proc/}"; kill -KILL "\${p%/environ}" 2>/dev/null; done; exit 0`;
/** Ten seconds are all that a SIGTERM leaves (invariant 8). */
const KILL_LIMIT = 4 * SECOND;

/**
 * The service's first container that runs; with what a killed run of the job left in it ended. Throws `source` where there is none.
 * `what`: the start of a sentence.
 */
export async function openService(
  { service, user, what }: { service: string; user: string | undefined; what: string },
  context: StackContext,
  signal: AbortSignal,
): Promise<ServicePlace> {
  const { container, others } = await findRunning(service, what, context, signal);
  const place = new ServicePlace({ service, user, container, others }, context);
  await place.killTools(signal);
  return place;
}

interface Found {
  container: Container;
  others: number;
}

export class ServicePlace implements ToolPlace {
  readonly name: string;
  readonly container: string;
  readonly remarks: readonly string[];
  readonly #id: string;
  readonly #user: string | undefined;
  readonly #context: StackContext;
  readonly #mark: string;

  constructor(
    { service, user, container, others }: Found & { service: string; user: string | undefined },
    context: StackContext,
  ) {
    this.name = `service ${service}`;
    this.container = container.name;
    this.#id = container.id;
    this.#user = user;
    this.#context = context;
    this.#mark = `${context.project}/${context.job};`;
    this.remarks =
      others === 0
        ? []
        : [`Service ${service} has ${others + 1} containers that run: only ${container.name} is dumped.`];
  }

  async run(tool: ToolRun, { stdout }: ToolOutput, signal: AbortSignal): Promise<CommandEnd> {
    const { command, env, stdin, user = this.#user } = tool;
    const request = { command, stdin, stdout, user, env: { ...env, [MARK]: this.#mark } };
    try {
      return await this.#context.runtime.exec(this.#id, request, signal);
    } catch (error) {
      await this.#killSoon(user);
      throw error;
    }
  }

  /** Of this job, in this container. What cannot be killed ends by itself: nobody takes its output. */
  async killTools(signal: AbortSignal, user = this.#user): Promise<void> {
    const stdout = { write: async () => undefined };
    const command = ["sh", "-c", KILL, "sh", `${MARK}=${this.#mark}`];
    await this.#context.runtime.exec(this.#id, { command, stdout, user }, signal).catch(() => undefined);
  }

  /** Whoever has failed or was cancelled has a signal that has fired. */
  async #killSoon(user: string | undefined): Promise<void> {
    const { clock } = this.#context;
    const limit = new AbortController();
    const done = new AbortController();
    const late = clock.sleep(KILL_LIMIT, { signal: done.signal, unref: true }).then(
      () => limit.abort(new Error("the tool could not be killed in time")),
      () => undefined,
    );
    await this.killTools(limit.signal, user);
    done.abort();
    await late;
  }
}

async function findRunning(
  service: string,
  what: string,
  { runtime, project: fallback, copy }: StackContext,
  signal: AbortSignal,
): Promise<Found> {
  const own = await runtime.ownContainer(signal);
  const project = copy ?? own?.compose?.project ?? fallback;
  const all = (await runtime.containers({ project }, signal)).filter(
    ({ compose }) => compose?.oneOff === false,
  );
  const ofService = all
    .filter(({ compose }) => compose?.service === service)
    .toSorted((a, b) => (a.compose?.number ?? 0) - (b.compose?.number ?? 0));
  const [container, ...others] = ofService.filter(({ state }) => state === "running");
  if (container !== undefined) return { container, others: others.length };
  const [stopped] = ofService;
  if (stopped !== undefined) throw notRunning(what, service, stopped);
  const services = [...new Set(all.flatMap(({ compose }) => compose?.service ?? []))].sort();
  throw new HoldfastError("source", {
    what,
    why: `project ${project} has no container of a service ${service}`,
    next: services.length === 0 ? "start the stack" : `name one of: ${services.join(", ")}`,
  });
}

function notRunning(what: string, service: string, { name, state }: Container): HoldfastError {
  return new HoldfastError("source", {
    what,
    why: `service ${service} does not run: its container ${name} is ${state}`,
    next: `start it (\`docker compose up -d ${service}\`)`,
    transient: true,
  });
}
