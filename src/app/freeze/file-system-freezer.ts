/**
 * Freezes file systems while snapshots of their disks are begun, through a container that may: it thaws them when it is told to end, and by
 * itself once it has held them for too long. Should it be killed, whoever settles the intervention thaws them.
 */
import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommandEnd, Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { SettleRequest, Worker } from "../../ports/intervention-journal.ts";
import type { Holding } from "../interventions/service-holder.ts";
import { removeContainer } from "../interventions/worker-container.ts";
import { mountHolding, mountsHolding } from "../one-off/own-mounts.ts";
import { within } from "../within.ts";

export interface FreezerContext {
  runtime: ContainerRuntime;
  clock: Clock;
  stack: string;
  stateDirectory: string;
  program: readonly string[];
}

export interface FreezeOrder {
  job: string;
  /** As this container has them mounted. */
  paths: readonly string[];
  /** Nothing stands still for longer. */
  limit: Milliseconds;
}

/** What is in the journal before anything is frozen, and what does it. */
export interface PreparedFreeze {
  worker: Worker;
  around<T>(holding: Holding, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** All that freezing takes: a look at the mount, and this. */
const CAPABILITIES = ["SYS_ADMIN"] as const;
/** What the container says once all stand still. */
const FROZEN = "frozen";
const STOP_LIMIT: Milliseconds = 8 * SECOND;
/** From here on a program was killed: it has thawed nothing. */
const FIRST_KILLED = 128;

export class FileSystemFreezer {
  readonly #context: FreezerContext;

  constructor(context: FreezerContext) {
    this.#context = context;
  }

  /** Changes nothing. Throws `refused` for what is not mounted in this container. */
  async prepare(order: FreezeOrder, signal: AbortSignal): Promise<PreparedFreeze> {
    const { job, paths, limit } = order;
    const own = await this.#context.runtime.ownContainer(signal);
    if (own === undefined) throw notMounted(paths[0] ?? "", "Holdfast itself runs in no container");
    const lost = paths.find((path) => mountHolding(own.mounts, path) === undefined);
    if (lost !== undefined) throw notMounted(lost, "it is on no mount of this container");
    const name = `${own.compose?.project ?? this.#context.stack}-holdfast-freeze-${randomBytes(4).toString("hex")}`;
    const freezing = this.#container(name, own, order, ["hold", String(limit)]);
    const worker = {
      ...{ container: name, settling: `Thawing ${paths.join(", ")} for job ${job}`, endsWithOwner: true },
      settle: this.#container(`${name}-thaw`, own, order, ["thaw", "0"]),
    };
    return {
      worker,
      around: (holding, until, work) => this.#around({ freezing, order, holding, signal: until }, work),
    };
  }

  #container(
    name: string,
    own: Container,
    { job, paths }: FreezeOrder,
    of: readonly string[],
  ): SettleRequest {
    const { stack, stateDirectory, program } = this.#context;
    return {
      ...{ name, image: own.image, command: [...program, "freeze", ...of, stateDirectory, ...paths] },
      labels: {
        ...{ "holdfast.stack": stack, "holdfast.project": own.compose?.project ?? stack },
        ...{ "holdfast.job": job, "holdfast.purpose": "freeze" },
      },
      mounts: mountsHolding(own.mounts, { visible: [...paths, stateDirectory], writable: [] }),
      capabilities: CAPABILITIES,
    };
  }

  async #around<T>({ freezing, order, holding, signal }: Freezing, work: () => Promise<T>): Promise<T> {
    const { runtime } = this.#context;
    const id = await runtime.create({ ...freezing, keepsNoLog: true }, signal);
    const { frozen, ended } = this.#run(id, signal);
    let value: T;
    try {
      await Promise.race([frozen, ended.then((end) => Promise.reject(notFrozen(order, end)))]);
      value = await work();
    } finally {
      await this.#thaw(freezing.name, ended, holding);
    }
    const { exitCode } = await ended;
    if (exitCode === TOO_LONG) throw tooLong(order);
    return value;
  }

  #run(id: string, signal: AbortSignal): { frozen: Promise<void>; ended: Promise<CommandEnd> } {
    const { promise: frozen, resolve } = Promise.withResolvers<void>();
    const write = async (chunk: Uint8Array) => {
      if (Buffer.from(chunk).toString().includes(FROZEN)) resolve();
    };
    // Not ended by the signal: how it ended tells whether anything is frozen still.
    signal.throwIfAborted();
    const ended = this.#context.runtime.attach(id, { stdout: { write } }, new AbortController().signal);
    ended.catch(() => undefined);
    return { frozen, ended };
  }

  /** Told to end, it thaws. Where that is certain, nobody has to look again. */
  async #thaw(name: string, ended: Promise<CommandEnd>, holding: Holding): Promise<void> {
    const { runtime, clock } = this.#context;
    const limits = { clock, limit: STOP_LIMIT, what: `Thawing by ${name}` };
    const end = await within(limits, async (signal) => {
      await stop(runtime, name, signal);
      return ended;
    }).catch(() => undefined);
    if (end !== undefined && end.exitCode < FIRST_KILLED) await holding.keepWork();
    await within(limits, (signal) => removeContainer(runtime, name, signal)).catch(() => undefined);
  }
}

interface Freezing {
  freezing: SettleRequest;
  order: FreezeOrder;
  holding: Holding;
  signal: AbortSignal;
}

/** Exit code of a container that has thawed by itself. */
export const TOO_LONG = 4;

async function stop(runtime: ContainerRuntime, name: string, signal: AbortSignal): Promise<void> {
  const { id } = await runtime.inspect(name, signal);
  await runtime.stop(id, { graceSeconds: 5 }, signal);
}

function notMounted(path: string, why: string): HoldfastError {
  return new HoldfastError("refused", {
    what: `Freezing the file system of ${path}`,
    why,
    next: "mount it, read-only, in Holdfast's service",
  });
}

function notFrozen({ paths }: FreezeOrder, { exitCode, lastWords }: CommandEnd): HoldfastError {
  const said =
    lastWords
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^holdfast: /, "")
      .replace(/\.$/, "") ?? "";
  return new HoldfastError("source", {
    what: `Freezing ${paths.join(", ")}`,
    why: said === "" ? `the container that does it ended with ${exitCode}` : said,
  });
}

function tooLong({ paths, limit }: FreezeOrder): HoldfastError {
  return new HoldfastError("timeout", {
    what: `Freezing ${paths.join(", ")}`,
    why: `the snapshots were not begun within ${formatDuration(limit)}, after which it was thawed`,
  });
}
