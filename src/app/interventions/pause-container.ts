/**
 * Pauses a container, also one that the engine cannot freeze at once: an engine gives up within a fraction of a second where
 * processes that have used up their share of the CPU (`cpus`), or wait long for one, do not get to the point where they stop. It
 * lets all of them run again then, and the next try often finds them elsewhere.
 */
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { awaitQuietMoment } from "./quiet-moment.ts";

export interface PauseContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** Ends one try, when that takes too long. */
  within: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** Heeded between the tries only. */
  signal: AbortSignal;
}

const TRIES = 10;
/** No multiple of the period, of 100 ms, that shares of the CPU are given for. */
const BREAK: Milliseconds = 130;

/** Throws what the last try failed with. */
export async function pauseContainer(
  container: HeldContainer,
  { runtime, clock, within, signal }: PauseContext,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await within((until) => runtime.pause(container.id, until));
    } catch (error) {
      if (tries === TRIES || !mayPass(error)) throw error;
    }
    await beforeNextTry(container, { runtime, clock, signal });
  }
}

async function beforeNextTry(
  container: HeldContainer,
  { runtime, clock, signal }: Omit<PauseContext, "within">,
): Promise<void> {
  try {
    await clock.sleep(BREAK, { signal });
    await awaitQuietMoment([container], { runtime, clock, signal });
  } catch (error) {
    throw signal.aborted ? cancellation(signal, `Holding ${container.name}`) : error;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === "runtime" && error.transient;
}
