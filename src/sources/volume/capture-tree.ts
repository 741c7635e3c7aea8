/** Runs the packing worker and turns the slabs it fills into the point's two objects. */
import type { Worker } from "node:worker_threads";

import type { FrameCodec } from "../../archive/codec/frame-codec.ts";
import { FrameEncoder, FRAMES_AT_A_TIME } from "../../archive/frame-encoder.ts";
import { FrameWriter } from "../../archive/frame-writer.ts";
import { SLAB_BYTES } from "../../archive/frame.ts";
import { SlabRing } from "../../archive/slab-ring.ts";
import { startThread } from "../../archive/start-thread.ts";
import { cancellation } from "../../domain/errors.ts";
import type { ByteSink, CaptureProgress } from "../../ports/source.ts";
import type { AgeLimit } from "./age-limit.ts";
import type { CapturedObject, CaptureMessage, CaptureWorkerData } from "./capture-worker.ts";
import type { DatabaseFate, FoundDatabase } from "./databases/database-fate.ts";
import { openDesk } from "./databases/database-desk.ts";
import type { BaseOptions } from "./incremental/earlier-contents.ts";
import type { PackSummary } from "../pack-report.ts";

/** Two are being filled and one waits to be encoded, while every core encodes one. */
const SLABS = 3 + FRAMES_AT_A_TIME;

export interface CaptureTreeOptions {
  root: string;
  include: readonly string[] | undefined;
  exclude: readonly string[] | undefined;
  oneFileSystem?: boolean | undefined;
  ageLimit?: AgeLimit | undefined;
  base: BaseOptions | undefined;
  /** Asked for each database that is met, one after the other. Undefined: they are files like any other. */
  fateOf?: ((found: FoundDatabase) => Promise<DatabaseFate>) | undefined;
  sinks: Record<CapturedObject, ByteSink>;
  signal: AbortSignal;
  onProgress: ((progress: CaptureProgress) => void) | undefined;
  /** Default: the process's. */
  codec?: FrameCodec;
}

/** Resolves when the sinks have accepted everything; in any case no thread is left behind. */
export async function captureTree(options: CaptureTreeOptions): Promise<PackSummary> {
  const { root, include, exclude, oneFileSystem = false, ageLimit, base, sinks, signal, codec } = options;
  signal.throwIfAborted();
  const ring = SlabRing.create(SLABS);
  const encoder = new FrameEncoder(codec);
  const writers = {
    archive: new FrameWriter(sinks.archive, encoder),
    index: new FrameWriter(sinks.index, encoder),
  };
  // A path of bytes, because names in the tree need not be text.
  const bytes = Buffer.from(root).toString("latin1");
  const failed = Promise.withResolvers<never>();
  const desk = options.fateOf && openDesk(options.fateOf, failed.reject);
  const workerData: CaptureWorkerData = {
    root: bytes,
    include,
    exclude,
    oneFileSystem,
    ageLimit,
    slabs: ring.shared,
    base,
    desk: desk?.shared,
  };
  const transferred = desk === undefined ? [] : [desk.shared.port];
  const worker = startThread(new URL("./capture-worker.ts", import.meta.url), workerData, transferred);
  // Also while what was packed is still being written, which the last slabs of a small tree are.
  const onAbort = (): void => failed.reject(cancellation(signal, "Capturing the volume"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const summary = await Promise.race([untilDone(worker, ring, writers, options), failed.promise]);
    const finished = Promise.all([writers.archive.finish(), writers.index.finish()]);
    await Promise.race([finished, failed.promise]);
    return summary;
  } finally {
    signal.removeEventListener("abort", onAbort);
    writers.archive.close();
    writers.index.close();
    desk?.close();
    await worker.terminate();
  }
}

let zeros: Buffer | undefined;

/** Never written to, so that the system gives it no memory. */
function zeroSlab(): Buffer {
  return (zeros ??= Buffer.alloc(SLAB_BYTES));
}

type Writers = Record<CapturedObject, FrameWriter>;

function untilDone(
  worker: Worker,
  ring: SlabRing,
  writers: Writers,
  { onProgress }: CaptureTreeOptions,
): Promise<PackSummary> {
  const { promise, resolve, reject } = Promise.withResolvers<PackSummary>();
  const onMessage = (message: CaptureMessage): void => {
    if (message.kind === "done") return resolve(message.summary);
    const { object, slab, length, isZeros, files, sourceBytes } = message;
    const content = isZeros ? zeroSlab() : ring.slab(slab).subarray(0, length);
    const written = writers[object].add(content, () => ring.release(slab));
    written.then(() => {
      const storedBytes = writers.archive.storedBytes + writers.index.storedBytes;
      onProgress?.({ files, sourceBytes, storedBytes });
    }, reject);
  };
  worker.on("message", onMessage);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the packing thread ended early")));
  return promise;
}
