/** A rehearsal on a copy of the stack: what each scenario takes from the copy, and how it comes back. */
import { HoldfastError } from "../../domain/errors.ts";
import type { GamedayScenario } from "../../domain/gameday.ts";
import { holdOrder } from "../../domain/hold-order.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { CopiedContainer, CopyEngine } from "../../ports/copy-engine.ts";
import type { DrillPhases } from "../drill-phases.ts";
import { bringUpCopy } from "../project-copy/bring-up-copy.ts";
import type { CopyStep, StackCopy } from "../project-copy/stack-copy.ts";
import type { Damage } from "./commands-expected.ts";
import type { Rehearsal } from "./rehearse.ts";

export interface CopiedRehearsalOptions {
  copy: StackCopy;
  engine: CopyEngine;
  runtime: ContainerRuntime;
  /** All that is restored into the copy. */
  steps: readonly CopyStep[];
  scenario: GamedayScenario;
  /** The job whose data is lost; undefined: the scenario's own choice, which is the largest. */
  job: string | undefined;
  phases: DrillPhases;
  tell: (sentence: string) => void;
}

export class CopiedRehearsal implements Rehearsal {
  readonly toLook: readonly string[];
  readonly #options: CopiedRehearsalOptions;
  /** What the scenario takes; undefined where it is no job's data. */
  readonly #lost: CopyStep | undefined;

  /** Throws `usage` where the scenario has nothing to take. */
  constructor(options: CopiedRehearsalOptions) {
    const { project } = options.copy.plan;
    this.#options = options;
    this.#lost = lostStep(options);
    this.toLook = [
      `docker compose --project-name ${project} ps --all`,
      `docker compose --project-name ${project} logs --tail 50`,
    ];
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { failures } = await this.#bringUp(signal);
    if (failures.length === 0) return;
    throw new HoldfastError("source", {
      what: "Making the copy that is rehearsed on",
      why: failures.join("; "),
      next: "a recovery would end like that: mend it first, and see by `holdfast recover --to-project NAME` that it is mended",
    });
  }

  async strike(signal: AbortSignal): Promise<Damage> {
    const { copy, scenario } = this.#options;
    if (scenario === "stack-loss") {
      const services = (await copy.services.all(signal)).map(serviceOf);
      await copy.remove();
      return { job: undefined, services };
    }
    if (scenario === "container-crash") return this.#crash(signal);
    const hit = this.#users();
    await this.#empty(hit, signal);
    return { job: this.#lost?.job, services: hit.map(({ name }) => name) };
  }

  async symptoms(signal: AbortSignal): Promise<string[]> {
    const { copy, runtime } = this.#options;
    const containers = await copy.services.all(signal);
    if (containers.length === 0) return ["Nothing of the stack is there: no container, no volume."];
    const states = await Promise.all(containers.map(({ id }) => runtime.inspect(id, signal)));
    const all = states.map(({ name, state, health }) => `${name} is ${health ?? state}`);
    const users =
      this.#lost === undefined ? [] : ["People say that what they had stored is not there any more."];
    return [...users, `${all.join(", ")}.`];
  }

  async recover(signal: AbortSignal): Promise<void> {
    const { copy, scenario, tell } = this.#options;
    if (scenario === "stack-loss") {
      await this.#bringUp(signal);
      return;
    }
    const lost = this.#lost;
    if (lost !== undefined) await this.#restore(lost, signal);
    await copy.services.startAll(() => true, { tell, signal });
  }

  async failures(signal: AbortSignal): Promise<string[]> {
    const { copy, steps } = this.#options;
    const { failures } = await copy.check([...new Set(steps.map(({ job }) => job))], signal);
    return [...failures];
  }

  remove(): Promise<void> {
    return this.#options.copy.remove();
  }

  #bringUp(signal: AbortSignal) {
    const { copy, steps, phases } = this.#options;
    const servers = [...new Set(steps.flatMap(({ service }) => service ?? []))];
    return bringUpCopy(copy, { steps, servers, phases, signal });
  }

  /** As a recovery does it: nobody writes meanwhile, but the server that a dump goes to runs. */
  async #restore(lost: CopyStep, signal: AbortSignal): Promise<void> {
    const { copy, tell } = this.#options;
    const services = (await copy.services.all(signal)).map(serviceOf);
    const stopped = services.filter((service) => service !== lost.service);
    await copy.services.stopAll(await copy.services.running(stopped, signal), { tell, signal });
    if (lost.service === undefined) await copy.fillVolumes([lost], signal);
    else await copy.restoreDumps([lost], [lost.service], signal);
  }

  /** Whoever nobody else needs is what users see. */
  async #crash(signal: AbortSignal): Promise<Damage> {
    const { copy, runtime } = this.#options;
    const running = (await copy.services.all(signal)).filter(({ state }) => state === "running");
    const [front] = holdOrder(running);
    if (front === undefined) throw nothingToTake("container-crash", "no service of it runs on and on");
    await runtime.stop(front.id, { graceSeconds: 0 }, signal);
    return { job: undefined, services: [serviceOf(front)] };
  }

  /** Containers whose data goes: of a volume all that mount it, of a dump those of its server. */
  #users(): readonly CopiedContainer[] {
    const { containers, volumes } = this.#options.copy.plan;
    const lost = this.#lost;
    if (lost === undefined) return [];
    const names = volumes
      .filter(({ fills }) => fills.some(({ job }) => job === lost.job))
      .map(({ name }) => name);
    const ofServer = ({ labels }: CopiedContainer) => labels["com.docker.compose.service"] === lost.service;
    return containers.filter((one) => (lost.service === undefined ? mountsOne(one, names) : ofServer(one)));
  }

  /** They begin anew on empty volumes, as after somebody has removed these. */
  async #empty(hit: readonly CopiedContainer[], signal: AbortSignal): Promise<void> {
    const { copy, engine, runtime, tell } = this.#options;
    const { project, volumes, containers } = copy.plan;
    const lost = volumes.filter((volume) =>
      this.#lost?.service === undefined
        ? volume.fills.some(({ job }) => job === this.#lost?.job)
        : hit.some((one) => mountsOne(one, [volume.name])),
    );
    // A server may keep its data where others look into it.
    const users = containers.filter(
      (one) =>
        mountsOne(
          one,
          lost.map(({ name }) => name),
        ) || hit.includes(one),
    );
    const there = await runtime.containers({ project }, signal);
    for (const { name } of users) {
      const found = there.find((container) => container.name === name);
      if (found !== undefined) await runtime.remove(found.id, signal);
    }
    for (const volume of lost) {
      await engine.removeVolume(volume.name, signal);
      await engine.createVolume(volume, signal);
    }
    for (const container of users) await engine.createContainer(container, signal);
    await copy.services.startAll(() => true, { tell, signal });
  }
}

function mountsOne({ mounts }: CopiedContainer, volumes: readonly string[]): boolean {
  return mounts.some((mount) => mount.kind === "volume" && volumes.includes(mount.source));
}

function serviceOf({ compose, name }: Container): string {
  return compose?.service ?? name;
}

function lostStep({ scenario, job, steps }: CopiedRehearsalOptions): CopyStep | undefined {
  if (scenario === "container-crash" || scenario === "stack-loss") return undefined;
  const kind = scenario === "volume-loss" ? "volume" : "dump";
  const ofKind = steps.filter((step) => step.kind === kind);
  const largest = ofKind.toSorted((a, b) => b.point.sourceBytes - a.point.sourceBytes);
  const lost = job === undefined ? largest[0] : ofKind.find((step) => step.job === job);
  if (lost !== undefined) return lost;
  throw nothingToTake(
    scenario,
    job === undefined ? `no job of it is a ${kind}` : `job ${job} is no ${kind} that is restored into a copy`,
  );
}

function nothingToTake(scenario: GamedayScenario, why: string): HoldfastError {
  const next = "choose another scenario, or another job";
  return new HoldfastError("usage", { what: `Rehearsing ${scenario} on a copy of the stack`, why, next });
}
