/** Makes, runs and removes one-off containers. */
import { randomBytes } from "node:crypto";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { TellEvent } from "../../domain/stack-event.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  CommandEnd,
  CommandOutput,
  Container,
  ContainerRequest,
  ContainerRuntime,
} from "../../ports/container-runtime.ts";
import type { OneOffRequest, OneOffs } from "../../ports/one-off.ts";
import { within } from "../within.ts";
import { mountsHolding } from "./own-mounts.ts";

export interface OneOffContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** Part of names and labels. */
  stack: string;
  /** Told of what is worth a line. Must not throw. */
  onEvent: TellEvent;
  /** What runs our command line in the image. Default: `holdfast`. */
  program?: readonly string[] | undefined;
}

/** On every one-off container: what it was made for, so that what killed runs leave can be found. */
const LABELS = {
  stack: "holdfast.stack",
  project: "holdfast.project",
  job: "holdfast.job",
  purpose: "holdfast.purpose",
} as const;

/** Removing is not cancelled with the run; ten seconds are all that a SIGTERM leaves (invariant 8). */
const REMOVE_LIMIT_MS = 8_000;

export class OneOffRunner implements OneOffs {
  readonly #context: OneOffContext;

  constructor(context: OneOffContext) {
    this.#context = context;
  }

  async run(request: OneOffRequest, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd> {
    const { runtime } = this.#context;
    const own = await runtime.ownContainer(signal);
    if (own === undefined) throw nowhere(request);
    const labels = this.#labelsOf(own, request);
    await this.#removeLeftovers(labels, signal);
    const id = await runtime.create(this.#containerFor(own, request, labels), signal);
    try {
      return await runtime.attach(id, output, signal);
    } finally {
      await this.#remove(id);
    }
  }

  #labelsOf(own: Container, { job, purpose }: OneOffRequest): Record<string, string> {
    const { stack } = this.#context;
    return {
      [LABELS.stack]: stack,
      [LABELS.project]: own.compose?.project ?? stack,
      [LABELS.job]: job,
      [LABELS.purpose]: purpose,
    };
  }

  #containerFor(
    own: Container,
    request: OneOffRequest,
    labels: Readonly<Record<string, string>>,
  ): ContainerRequest {
    const { stack, program = ["holdfast"] } = this.#context;
    const { purpose, mounts, capabilities, onHost, visible = [], writable = [] } = request;
    const taken = new Set(mounts.map(({ destination }) => destination));
    const seen = mountsHolding(own.mounts, { visible, writable }).filter(
      ({ destination }) => !taken.has(destination),
    );
    return {
      name: `${stack}-holdfast-${purpose}-${randomBytes(4).toString("hex")}`,
      image: own.image,
      command: [...program, ...request.arguments],
      ...{ labels, capabilities, onHost, mounts: [...mounts, ...seen], keepsNoLog: true },
    };
  }

  /** Whoever asks holds the job's lock: what is there is of a run that was killed. */
  async #removeLeftovers(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { runtime, onEvent } = this.#context;
    for (const { id, name } of await runtime.containers({ labels }, signal)) {
      await runtime.remove(id, signal);
      onEvent({ kind: "cleaned", text: `Removed container ${name}, which a killed run had left behind.` });
    }
  }

  async #remove(id: string): Promise<void> {
    const { runtime, clock, onEvent } = this.#context;
    const what = `Removing container ${id.slice(0, 12)}`;
    try {
      await within({ clock, limit: REMOVE_LIMIT_MS, what }, (signal) => runtime.remove(id, signal));
    } catch (error) {
      onEvent({ kind: "trouble", text: `${messageOf(error)} The next run of the job removes it.` });
    }
  }
}

function nowhere({ purpose, job }: OneOffRequest): HoldfastError {
  return new HoldfastError("runtime", {
    what: `Making a container to ${purpose} job ${job}`,
    why: "Holdfast itself runs in no container of this engine, so that there is no image to make one of",
    next: "run Holdfast as a service of the stack, or mount the volume and name its path",
  });
}
