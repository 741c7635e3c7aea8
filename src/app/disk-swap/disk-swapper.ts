/**
 * Swaps a disk under the services of the stack: they are stopped, another container swaps, they run again and are looked at. Whatever fails
 * or is killed before that has gone well, the old disk is put back, by this process, the guard, or the next start. No disk is ever deleted.
 */
import { randomBytes } from "node:crypto";
import type { DiskSwap } from "../../domain/disk-swap.ts";
import { hasCode, HoldfastError, messageOf } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { AfterRestore } from "../../domain/job.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HostDisk } from "../../ports/host-mounts.ts";
import type { HttpCaller } from "../../ports/http-caller.ts";
import type { OneOffs } from "../../ports/one-off.ts";
import type { Holding, ServiceHolder } from "../interventions/service-holder.ts";
import { removeContainer, runContainer } from "../interventions/worker-container.ts";
import { failedCheck } from "../restore-in-stack/run-checks.ts";
import { examineMounts, refusal, type SwapInCloud } from "./examine-swap.ts";
import { servicesOnDisk } from "./services-on-disk.ts";
import { HOST_CAPABILITIES, swapContainer } from "./swap-containers.ts";

/** A container that is being started sees the mounts of the machine for a moment, as if it used every disk. */
const STARTED_AFTER: Milliseconds = 2 * SECOND;

export interface DiskSwapperContext {
  runtime: ContainerRuntime;
  oneOffs: OneOffs;
  clock: Clock;
  http: Pick<HttpCaller, "statusOf">;
  stack: string;
  /** What another container has to know of this process to reach the cloud. */
  environment: Readonly<Record<string, string>>;
  program: readonly string[];
}

/** What will be done, and to whom. */
export interface ExaminedSwap {
  swap: DiskSwap;
  own: Container;
  /** Those of the stack that have to be stopped. */
  services: readonly string[];
}

export interface SwapRequest extends ExaminedSwap {
  job: string;
  connection: unknown;
  after: AfterRestore;
  limit: Milliseconds;
  signal: AbortSignal;
  /** Told why services are held without a guard. Must not throw. */
  onWarning: (message: string) => void;
}

export class DiskSwapper {
  readonly #context: DiskSwapperContext;

  constructor(context: DiskSwapperContext) {
    this.#context = context;
  }

  /** Changes nothing. Throws `refused` with one sentence for the first thing that stands in the way. */
  async examine(inCloud: SwapInCloud, job: string, signal: AbortSignal): Promise<ExaminedSwap> {
    const { runtime } = this.#context;
    const { project: _, ...known } = inCloud;
    const own = await runtime.ownContainer(signal);
    if (own === undefined) {
      const why = "Holdfast runs in no container of the machine's engine, and so cannot reach its mounts";
      const next = "run it as a service of the stack, or swap it by hand with --dry-run's commands";
      throw refusal({ old: known.old, name: known.fresh.name }, why, next);
    }
    this.#assertNoSecret(known);
    const disk = await this.#look(inCloud.deviceName, job, signal);
    const swap: DiskSwap = { ...known, mount: examineMounts(inCloud, disk) };
    if (disk === undefined) return { swap, own, services: [] };
    const question = { swap, disk, own, runtime, signal };
    const services = await servicesOnDisk(question).catch(async (error: unknown) => {
      if (!hasCode(error, "refused")) throw error;
      await this.#context.clock.sleep(STARTED_AFTER, { signal });
      const again = await this.#look(inCloud.deviceName, job, signal);
      return servicesOnDisk({ ...question, disk: again ?? disk });
    });
    return { swap, own, services };
  }

  #assertNoSecret({ old, fresh }: Pick<DiskSwap, "old" | "fresh">): void {
    const withPassword = Object.entries(this.#context.environment).find(([, value]) =>
      /\/\/[^/]*@/.test(value),
    );
    if (withPassword === undefined) return;
    const why = `the proxy that ${withPassword[0]} names has a password, which the journal may not hold`;
    throw refusal({ old, name: fresh.name }, why, "swap it by hand with --dry-run's commands");
  }

  /** Throws what kept it from being done, once the old disk is in its place again; else that it could not be put back. */
  async swap(services: ServiceHolder, request: SwapRequest): Promise<{ heldMs: Milliseconds }> {
    const { job, swap, limit, signal, onWarning } = request;
    const name = `${this.#projectOf(request)}-holdfast-swap-${randomBytes(4).toString("hex")}`;
    const worker = {
      container: name,
      settling: `Putting ${swap.old.name} in its place again`,
      settle: this.#container(`${name}-back`, "back", request),
    };
    let failure: unknown;
    try {
      return await services.hold(
        {
          ...{ job, limit, signal, onWarning, worker, mode: "stop", services: request.services },
          ...{ grace: undefined, isUrgent: true, doing: `Putting ${swap.fresh.name} in place` },
        },
        async (until, holding) => {
          try {
            await this.#swapAndTry(name, { ...request, signal: until }, holding);
          } catch (error) {
            failure = error;
            throw error;
          }
        },
      );
    } catch (error) {
      throw error === failure ? putBack(request, error) : error;
    }
  }

  async #swapAndTry(name: string, request: SwapRequest, holding: Holding): Promise<void> {
    const { after, signal, swap } = request;
    await this.#run(name, request);
    if (holding.stopped.length > 0) {
      await holding.letRun();
      const project = this.#projectOf(request);
      const why = await failedCheck(this.#context, { ...after, stopped: holding.stopped, project, signal });
      if (why !== undefined) {
        await holding.holdAgain(signal);
        throw new HoldfastError("source", { what: `Checking the services on ${swap.fresh.name}`, why });
      }
    }
    await holding.keepWork();
  }

  async #run(name: string, request: SwapRequest): Promise<void> {
    const { swap, signal } = request;
    const container = { ...this.#container(name, "swap", request), keepsNoLog: true };
    const output = { stdout: { write: async () => undefined } };
    const { runtime } = this.#context;
    const { exitCode, lastWords } = await runContainer(runtime, container, { output, signal });
    await removeContainer(runtime, name, signal);
    if (exitCode === 0) return;
    throw new HoldfastError("target", {
      what: `Putting ${swap.fresh.name} in the place of ${swap.old.name}`,
      why: sentenceIn(lastWords) ?? `the container that does it ended with ${exitCode}`,
    });
  }

  async #look(deviceName: string, job: string, signal: AbortSignal): Promise<HostDisk | undefined> {
    const said: Uint8Array[] = [];
    const { exitCode, lastWords } = await this.#context.oneOffs.run(
      {
        ...{ job, purpose: "look", arguments: ["host-disk", "look", deviceName], mounts: [] },
        ...{ capabilities: HOST_CAPABILITIES, onHost: true },
      },
      { stdout: { write: async (chunk) => void said.push(Uint8Array.from(chunk)) } },
      signal,
    );
    if (exitCode !== 0) {
      const why = sentenceIn(lastWords) ?? `the container that does it ended with ${exitCode}`;
      throw new HoldfastError("runtime", { what: "Looking at the machine's mounts", why });
    }
    const { disk } = JSON.parse(Buffer.concat(said).toString("utf8")) as { disk: HostDisk | null };
    return disk ?? undefined;
  }

  #container(name: string, action: "swap" | "back", { own, swap, job, connection }: SwapRequest) {
    const { program, environment, stack } = this.#context;
    const project = own.compose?.project ?? stack;
    const labels = {
      ...{ "holdfast.stack": stack, "holdfast.project": project },
      ...{ "holdfast.job": job, "holdfast.purpose": "swap" },
    };
    return swapContainer({ name, own, program, action, swap, connection, environment, labels });
  }

  #projectOf({ own }: Pick<SwapRequest, "own">): string {
    return own.compose?.project ?? this.#context.stack;
  }
}

/** Without the program's name and the point, as a clause of another sentence. */
function sentenceIn(lastWords: string): string | undefined {
  const line = lastWords
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^holdfast: /, "")
    .replace(/\.$/, "");
  return line === "" ? undefined : line;
}

function putBack({ swap: { old, fresh, mount } }: SwapRequest, error: unknown): HoldfastError {
  const isOurs = error instanceof HoldfastError;
  return new HoldfastError(isOurs ? error.code : "target", {
    what: isOurs ? error.facts.what : `Putting ${fresh.name} in the place of ${old.name}`,
    why: isOurs ? error.facts.why : messageOf(error),
    next: `${old.name} is mounted on ${mount.at} again and its services run; ${fresh.name} stays, detached`,
    cause: error,
  });
}
