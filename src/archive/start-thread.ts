/** Starts a thread of the archive engine. */
import { Worker, type Transferable } from "node:worker_threads";

/** What threads make, they drop at once: more room for it would not save time, but take memory. */
const YOUNG_MIB = 6;

/** Runs the module's exported `run` in a thread of its own, with the data as its `workerData`. */
export function startThread(
  module: URL,
  workerData: unknown,
  transferList: readonly Transferable[] = [],
): Worker {
  return new Worker(new URL("./thread.js", import.meta.url), {
    argv: [module.href],
    workerData,
    transferList: [...transferList],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
}
