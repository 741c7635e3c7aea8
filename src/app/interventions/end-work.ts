/** Ends what the container of an intervention was doing, so that what services use is whole when they run again. */
import { HoldfastError } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";
import { within } from "../within.ts";
import { removeContainer, runContainer } from "./worker-container.ts";

export interface EndWorkContext {
  runtime: ContainerRuntime;
  clock: Clock;
  /** Whether something may be left to settle. Default: it may. */
  mayBeHalf?: (() => Promise<boolean>) | undefined;
}

/** Of ending the work, apart from letting services run. */
const LIMIT: Milliseconds = 300_000;

/**
 * Takes the worker away, and has put right what it left half done. To be called before services run again; it can be called
 * again and by several at once. Throws while that cannot be done: then services must not run.
 */
export async function endWork(
  { job, worker }: Intervention,
  { runtime, clock, mayBeHalf = async () => true }: EndWorkContext,
): Promise<void> {
  if (worker === undefined) return;
  const what = `Ending the restore of job ${job} in place`;
  await within({ clock, limit: LIMIT, what }, async (signal) => {
    // A settlement that was killed when it was done leaves its container.
    for (const name of [worker.container, worker.settle.name]) await removeContainer(runtime, name, signal);
    if (!(await mayBeHalf())) return;
    // The image that it was begun with may be gone since, but not our own.
    const image = (await runtime.ownContainer(signal))?.image ?? worker.settle.image;
    const request = { ...worker.settle, image };
    try {
      const { exitCode, lastWords } = await runContainer(runtime, request, { output: NOWHERE, signal });
      if (exitCode !== 0) throw notSettled(what, lastWords);
    } finally {
      await removeContainer(runtime, worker.settle.name, signal);
    }
  });
}

const NOWHERE = { stdout: { write: async () => undefined } };

function notSettled(what: string, lastWords: string): HoldfastError {
  return new HoldfastError("source", {
    what,
    why: lastWords === "" ? "the container that does it failed" : lastWords,
    next: "it is tried again every few seconds; its services run once that is done",
  });
}
