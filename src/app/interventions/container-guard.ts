/** The guard as a container of its own, which outlives ours and the engine's restart. */
import { hasCode, messageOf } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { TellEvent } from "../../domain/stack-event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";
import { isEngineAbsent } from "../absent-engine.ts";
import { within } from "../within.ts";
import { guardLabels, guardRequest } from "./guard-container.ts";
import type { Guard, GuardOrders } from "./guard.ts";

export interface ContainerGuardContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** The Compose project, where our own container is of none. */
  project: string;
  program: readonly string[];
  orders: Omit<GuardOrders, "intervention">;
  /** Told of what is worth a line. Must not throw. */
  onEvent: TellEvent;
}

/** An engine that takes longer keeps the run from going on for nothing. */
const WATCH_LIMIT_MS = 30 * SECOND;
/** A guard that is not removed in this time ends by itself. */
const DISMISS_LIMIT_MS = 5 * SECOND;

export class ContainerGuard implements Guard {
  readonly #context: ContainerGuardContext;
  #hasToldOfNone = false;

  constructor(context: ContainerGuardContext) {
    this.#context = context;
  }

  nameFor(id: string): string {
    return `${this.#context.project}-holdfast-guard-${id}`;
  }

  async watch({ id, guard }: Intervention, own: Container | undefined, signal: AbortSignal): Promise<void> {
    const { runtime, clock, program, orders } = this.#context;
    if (own === undefined) return this.#tellOfNone();
    const request = guardRequest({
      ...{ name: guard ?? this.nameFor(id), own, program },
      project: this.#projectOf(own),
      orders: { ...orders, intervention: id },
    });
    await within({ clock, limit: WATCH_LIMIT_MS, what: "Guarding held services", signal }, async (until) =>
      runtime.start(await runtime.create(request, until), until),
    );
  }

  dismiss({ guard }: Intervention): Promise<void> {
    return this.#remove(async (container) => container.name === guard);
  }

  dismissAllBut(open: () => Promise<Intervention | undefined>): Promise<void> {
    // Asked after the guards were listed: a guard that is there is of an intervention that had begun.
    return this.#remove(async (container) => (await open())?.guard !== container.name);
  }

  async #remove(isOver: (guard: Container) => Promise<boolean>): Promise<void> {
    const { runtime, clock, onEvent } = this.#context;
    try {
      await within({ clock, limit: DISMISS_LIMIT_MS, what: "Removing a guard" }, async (signal) => {
        const own = await runtime.ownContainer(signal);
        if (own === undefined) return;
        const labels = guardLabels(this.#projectOf(own), own);
        for (const guard of await runtime.containers({ labels }, signal))
          if (await isOver(guard)) await runtime.remove(guard.id, signal);
      });
    } catch (error) {
      // Without an engine no service was ever held, nor guarded.
      if (!hasCode(error, "timeout") && !isEngineAbsent(error))
        onEvent({ kind: "trouble", text: `A guard that is not needed any more stays: ${messageOf(error)}` });
    }
  }

  #projectOf(own: Container): string {
    return own.compose?.project ?? this.#context.project;
  }

  #tellOfNone(): void {
    if (this.#hasToldOfNone) return;
    this.#hasToldOfNone = true;
    this.#context.onEvent({
      kind: "trouble",
      text: "Held services have no guard, because Holdfast runs in no container: should it be killed, its next start releases them.",
    });
  }
}
