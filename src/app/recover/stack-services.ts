/** The services of a stack that is recovered: stopped dependents first, started after what they need. */
import { HoldfastError } from "../../domain/errors.ts";
import { holdOrder } from "../../domain/hold-order.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import { within } from "../within.ts";

export interface ServicesContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** The Compose project. */
  project: string;
  /** How long one may take to be healthy. */
  healthLimit: Milliseconds;
}

interface Telling {
  tell: (sentence: string) => void;
  signal: AbortSignal;
}

/** For one to stop; its own time to end is part of that. */
const STOP_LIMIT: Milliseconds = 5 * MINUTE;
/** Ending is not cancelled with the work, and has to fit into what a SIGTERM leaves. */
const LAST_LIMIT: Milliseconds = 8 * SECOND;
const LOOK_EVERY: Milliseconds = SECOND;
/** One without a health check is believed to be up after this. */
const STEADY_AFTER: Milliseconds = 3 * SECOND;

export class StackServices {
  readonly #context: ServicesContext;

  constructor(context: ServicesContext) {
    this.#context = context;
  }

  get context(): ServicesContext {
    return this.#context;
  }

  /** Without those of `docker compose run`, and of Holdfast itself where it runs. */
  async all(signal: AbortSignal): Promise<Container[]> {
    const { runtime, project } = this.#context;
    const own = await runtime.ownContainer(signal);
    const found = await runtime.containers({ project }, signal);
    return found.filter(
      ({ id, compose }) =>
        compose !== undefined &&
        !compose.oneOff &&
        id !== own?.id &&
        compose.service !== own?.compose?.service,
    );
  }

  /** Those of the services that run, dependents first. */
  async running(services: readonly string[], signal: AbortSignal): Promise<Container[]> {
    const found = await this.all(signal);
    return holdOrder(
      found.filter(
        ({ state, compose }) =>
          services.includes(compose?.service ?? "") && ["running", "restarting", "paused"].includes(state),
      ),
    );
  }

  async stopAll(containers: readonly Container[], { tell, signal }: Telling): Promise<void> {
    const { runtime, clock } = this.#context;
    for (const { id, name } of containers) {
      tell(`Stopping ${name}`);
      await within({ clock, limit: STOP_LIMIT, what: `Stopping ${name}`, signal }, (until) =>
        runtime.stop(id, { graceSeconds: undefined }, until),
      );
    }
  }

  /** Starts the containers of services, and waits until they are up. Throws `source` for one that is not. */
  async startNamed(services: readonly string[], { tell, signal }: Telling): Promise<void> {
    const chosen = await this.#startInOrder(({ compose }) => services.includes(compose?.service ?? ""), {
      ...{ tell, signal },
    });
    for (const container of chosen) {
      const failure = await this.failureOf(container, signal);
      if (failure === undefined) continue;
      throw new HoldfastError("source", {
        what: `Starting ${container.name}, into which a dump is restored`,
        why: failure,
        next: `see \`docker logs ${container.name}\``,
      });
    }
  }

  /** Each after what it needs is up, or will not be. That of Holdfast comes last, where a container of it waits to run. */
  async startAll(isWanted: (container: Container) => boolean, telling: Telling): Promise<Container[]> {
    const started = await this.#startInOrder(isWanted, telling);
    await this.#startOwn(telling);
    return started;
  }

  /** What ran before, also when everything else is over. */
  async startNames(names: readonly string[], { tell }: Pick<Telling, "tell">): Promise<void> {
    const { clock, runtime } = this.#context;
    await within({ clock, limit: LAST_LIMIT, what: "Letting services run again" }, async (signal) => {
      const found = holdOrder(await this.all(signal)).toReversed();
      for (const { id, name } of found.filter((one) => names.includes(one.name))) {
        tell(`Starting ${name}`);
        await runtime.start(id, signal);
      }
    });
  }

  /** What keeps it from being up, as a clause, once its time is over; a command that has ended well is as good. */
  async failureOf({ id, name }: Container, signal: AbortSignal): Promise<string | undefined> {
    const { runtime, clock, healthLimit } = this.#context;
    const giveUpAt = clock.monotonic() + healthLimit;
    for (;;) {
      const now = await runtime.inspect(id, signal);
      if (this.#isUp(now)) return undefined;
      if (now.state === "exited" && now.exitCode !== undefined && now.exitCode !== 0)
        return `${name} ended with exit code ${now.exitCode}`;
      if (clock.monotonic() >= giveUpAt)
        return `${name} was ${now.state === "running" ? (now.health ?? "not up") : now.state} after ${formatDuration(healthLimit)}`;
      await clock.sleep(LOOK_EVERY, { signal });
    }
  }

  #isUp({ state, health, startedAt, exitCode }: Container): boolean {
    if (state === "exited") return exitCode === 0;
    if (state !== "running") return false;
    if (health !== undefined) return health === "healthy";
    return this.#context.clock.now() - (startedAt ?? 0) >= STEADY_AFTER;
  }

  async #startInOrder(
    isWanted: (container: Container) => boolean,
    { tell, signal }: Telling,
  ): Promise<Container[]> {
    const { runtime } = this.#context;
    const all = holdOrder(await this.all(signal)).toReversed();
    const wanted = all.filter(isWanted);
    for (const container of wanted) {
      const { id, name, state, compose } = container;
      if (state === "running") continue;
      const needed = wanted.filter(
        (other) => compose?.dependsOn.includes(other.compose?.service ?? "") === true,
      );
      for (const other of needed) await this.failureOf(other, signal);
      tell(`Starting ${name}`);
      if (state === "paused") await runtime.unpause(id, signal);
      else await runtime.start(id, signal);
    }
    return wanted;
  }

  async #startOwn({ tell, signal }: Telling): Promise<void> {
    const { runtime, project } = this.#context;
    const own = await runtime.ownContainer(signal);
    const service = own?.compose?.service;
    if (service === undefined) return;
    for (const { id, name, state, compose } of await runtime.containers({ project, service }, signal)) {
      if (state !== "created" || compose?.oneOff === true) continue;
      tell(`Starting ${name}`);
      await runtime.start(id, signal);
    }
  }
}
