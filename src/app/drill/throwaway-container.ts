/** Containers that a drill makes and takes away again: without network, behind all others for the processor, and found by their labels when the drill was killed. */
import { randomBytes } from "node:crypto";
import { messageOf } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerLimits, ContainerRequest, ContainerRuntime } from "../../ports/container-runtime.ts";
import { within } from "../within.ts";

export interface ThrowawayContext {
  runtime: ContainerRuntime;
  clock: Clock;
  stack: string;
  /** What each may take at most. */
  drillLimits?: ContainerLimits | undefined;
}

export interface Throwaway {
  job: string;
  /** Of the drill's place. */
  place: string;
  /** Told of what could not be removed. */
  warn: (message: string) => void;
  signal: AbortSignal;
}

const LABELS = { stack: "holdfast.stack", job: "holdfast.job", place: "holdfast.drill" } as const;

/** Removing is not cancelled with the drill; ten seconds are all that a SIGTERM leaves (invariant 8). */
const REMOVE_LIMIT: Milliseconds = 5 * SECOND;

/** It is gone when `work` has ended, however that ended. */
export async function withThrowaway<T>(
  { runtime, clock, stack, drillLimits }: ThrowawayContext,
  request: Omit<ContainerRequest, "name" | "labels">,
  { job, place, warn, signal }: Throwaway,
  work: (id: string) => Promise<T>,
): Promise<T> {
  const name = `${stack}-holdfast-drill-${randomBytes(4).toString("hex")}`;
  const labels = { [LABELS.stack]: stack, [LABELS.job]: job, [LABELS.place]: place };
  const ours = { name, labels, isBackground: true, limits: drillLimits };
  const id = await runtime.create({ ...request, ...ours }, signal);
  try {
    return await work(id);
  } finally {
    const what = `Removing container ${name}`;
    await within({ clock, limit: REMOVE_LIMIT, what }, (bounded) => runtime.remove(id, bounded)).catch(
      (error: unknown) => warn(`${messageOf(error)} The next drill removes it.`),
    );
  }
}

/** Removes those whose drill's place is not among these; gives their names. */
export async function sweepThrowaways(
  { runtime, stack }: ThrowawayContext,
  places: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { id, name, labels } of await runtime.containers(
    { labels: { [LABELS.stack]: stack } },
    signal,
  )) {
    const place = labels[LABELS.place];
    if (place === undefined || places.includes(place)) continue;
    await runtime.remove(id, signal);
    removed.push(name);
  }
  return removed;
}
