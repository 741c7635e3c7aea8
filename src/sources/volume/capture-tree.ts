/** Runs the packing worker and turns the slabs it fills into the point's two objects. */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";

import { FrameWriter } from "../../archive/frame-writer.ts";
import { SlabRing } from "../../archive/slab-ring.ts";
import { startThread } from "../../archive/start-thread.ts";
import { cancellation } from "../../domain/errors.ts";
import type { ByteSink, CaptureProgress } from "../../ports/source.ts";
import type { CapturedObject, CaptureMessage, CaptureWorkerData } from "./capture-worker.ts";
import type { PackSummary } from "./pack-report.ts";

/** Two are being filled, and one may wait to be written, while every core compresses one. */
const SLABS = 3 + Math.min(availableParallelism(), 4);

export interface CaptureTreeOptions {
  root: string;
  include: readonly string[] | undefined;
  exclude: readonly string[] | undefined;
  sinks: Record<CapturedObject, ByteSink>;
  signal: AbortSignal;
  onProgress: ((progress: CaptureProgress) => void) | undefined;
}

/** Resolves when the sinks have accepted everything; in any case no thread is left behind. */
export async function captureTree(options: CaptureTreeOptions): Promise<PackSummary> {
  const { root, include, exclude, sinks, signal } = options;
  signal.throwIfAborted();
  const ring = SlabRing.create(SLABS);
  const writers = { archive: new FrameWriter(sinks.archive), index: new FrameWriter(sinks.index) };
  // A path of bytes, because names in the tree need not be text.
  const bytes = Buffer.from(root).toString("latin1");
  const workerData: CaptureWorkerData = { root: bytes, include, exclude, slabs: ring.shared };
  const worker = startThread(new URL("./capture-worker.ts", import.meta.url), workerData);
  try {
    const summary = await untilDone(worker, ring, writers, options);
    await Promise.all([writers.archive.finish(), writers.index.finish()]);
    return summary;
  } finally {
    writers.archive.close();
    writers.index.close();
    await worker.terminate();
  }
}

type Writers = Record<CapturedObject, FrameWriter>;

function untilDone(
  worker: Worker,
  ring: SlabRing,
  writers: Writers,
  { signal, onProgress }: CaptureTreeOptions,
): Promise<PackSummary> {
  const { promise, resolve, reject } = Promise.withResolvers<PackSummary>();
  const onAbort = (): void => reject(cancellation(signal, "Capturing the volume"));
  const onMessage = (message: CaptureMessage): void => {
    if (message.kind === "done") return resolve(message.summary);
    const { object, slab, length, files, sourceBytes } = message;
    writers[object].add(ring.slab(slab).subarray(0, length)).then(() => {
      ring.release(slab);
      const storedBytes = writers.archive.storedBytes + writers.index.storedBytes;
      onProgress?.({ files, sourceBytes, storedBytes });
    }, reject);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  worker.on("message", onMessage);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the packing thread ended early")));
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}
