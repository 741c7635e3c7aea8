/** Ends what the container of an intervention was doing, so that what services use is whole when they run again. */
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { Intervention, Worker } from "../../ports/intervention-journal.ts";
import { within } from "../within.ts";
import { removeContainer, runContainer } from "./worker-container.ts";

export interface EndWorkContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** Whether something may be left to settle. Default: it may. */
  mayBeHalf?: (() => Promise<boolean>) | undefined;
  /** Told in a sentence what was put right. Must not throw. */
  onSettled?: ((sentence: string) => void) | undefined;
}

/** Of ending the work, apart from letting services run. */
const LIMIT: Milliseconds = 300_000;
/** Of a settlement that somebody else has begun. */
const OTHER_LIMIT: Milliseconds = 120_000;
const LOOK_EVERY: Milliseconds = 200;

/**
 * Takes the worker away, and has put right what it left half done. To be called before services run again; it can be called
 * again and by several at once. Throws while that cannot be done: then services must not run.
 */
export async function endWork(intervention: Intervention, context: EndWorkContext): Promise<void> {
  const { worker } = intervention;
  if (worker === undefined) return;
  const { runtime, clock, mayBeHalf = async () => true, onSettled } = context;
  await within({ clock, limit: LIMIT, what: whatOf(intervention, worker) }, async (signal) => {
    await letOtherEnd(worker, { runtime, clock, signal });
    // A settlement that was killed when it was done leaves its container.
    for (const name of [worker.container, worker.settle.name]) await removeContainer(runtime, name, signal);
    if (!(await mayBeHalf())) return;
    const said = await settle(worker, intervention, { runtime, signal });
    if (said !== "") onSettled?.(said);
  });
}

/** Who settles at the same time, as a daemon that starts beside a command, is not disturbed, unless it does not come to its end. */
async function letOtherEnd(
  { settle: { name } }: Worker,
  { runtime, clock, signal }: Pick<EndWorkContext, "runtime" | "clock"> & { signal: AbortSignal },
): Promise<void> {
  const giveUpAt = clock.monotonic() + OTHER_LIMIT;
  while (clock.monotonic() < giveUpAt) {
    const state = await runtime.inspect(name, signal).then(
      (container) => container.state,
      (error: unknown) => {
        if (hasCode(error, "not-found")) return undefined;
        throw error;
      },
    );
    if (state !== "running") return;
    await clock.sleep(LOOK_EVERY, { signal });
  }
}

/** Runs the container that settles, with more arguments than by itself; gives what that said. */
export async function settle(
  worker: Worker,
  intervention: Pick<Intervention, "job">,
  {
    runtime,
    signal,
    more = [],
  }: { runtime: ContainerRuntime; signal: AbortSignal; more?: readonly string[] },
): Promise<string> {
  const { settle: request } = worker;
  const said: Uint8Array[] = [];
  const output = { stdout: { write: async (chunk: Uint8Array) => void said.push(chunk) } };
  // The image that it was begun with may be gone since, but not our own.
  const image = (await runtime.ownContainer(signal))?.image ?? request.image;
  try {
    const command = [...request.command, ...more];
    const end = await runContainer(runtime, { ...request, image, command }, { output, signal });
    if (end.exitCode !== 0) throw notSettled(whatOf(intervention, worker), end.lastWords);
    return Buffer.concat(said).toString("utf8").trim();
  } finally {
    await removeContainer(runtime, request.name, new AbortController().signal);
  }
}

function whatOf({ job }: Pick<Intervention, "job">, { settling }: Worker): string {
  return settling ?? `Ending the restore of job ${job} in place`;
}

function notSettled(what: string, lastWords: string): HoldfastError {
  return new HoldfastError("source", {
    what,
    why: lastWords === "" ? "the container that does it failed" : lastWords,
    next: "it is tried again every few seconds; its services run once that is done",
  });
}
