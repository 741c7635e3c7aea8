/** Waits for services that were stopped to be what they were: up, and healthy where they say so. */
import { hasCode } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";

export interface HealthQuestion {
  runtime: ContainerRuntime;
  clock: Clock;
  limit: Milliseconds;
  signal: AbortSignal;
}

const LOOK_EVERY_MS = SECOND / 2;

/** A sentence for each that is not well within the limit. One without a health check is well when it runs. */
export async function awaitHealth(
  containers: readonly HeldContainer[],
  { runtime, clock, limit, signal }: HealthQuestion,
): Promise<string[]> {
  const giveUpAt = clock.monotonic() + limit;
  for (;;) {
    const states = await Promise.all(containers.map(({ id }) => inspected(runtime, id, signal)));
    const unwell = states.flatMap((state) => (state === undefined || isWell(state) ? [] : [state]));
    if (unwell.length === 0) return [];
    if (clock.monotonic() >= giveUpAt) return unwell.map((state) => sentenceOf(state, limit));
    await clock.sleep(LOOK_EVERY_MS, { signal });
  }
}

function isWell({ state, health }: Container): boolean {
  return state === "running" && (health === undefined || health === "healthy");
}

function sentenceOf({ name, state, health }: Container, limit: Milliseconds): string {
  const is = state === "running" ? (health ?? state) : state;
  return `${name} was started again and is ${is} after ${formatDuration(limit)}; see its log.`;
}

/** Undefined when it was made anew under another id. */
async function inspected(
  runtime: ContainerRuntime,
  id: string,
  signal: AbortSignal,
): Promise<Container | undefined> {
  try {
    return await runtime.inspect(id, signal);
  } catch (error) {
    if (hasCode(error, "not-found")) return undefined;
    throw error;
  }
}
