/** Turns the tar that an engine sends into the point's two objects, in bounded memory. */
import { FrameEncoder } from "../../archive/frame-encoder.ts";
import { FrameWriter } from "../../archive/frame-writer.ts";
import { SlabPool } from "../../archive/slab-pool.ts";
import { SlabWriter } from "../../archive/slab-writer.ts";
import { TreePacker } from "../../archive/tree-packer.ts";
import { cancellation } from "../../domain/errors.ts";
import type { ByteSink, CaptureProgress } from "../../ports/source.ts";
import { PackReport, type PackSummary } from "../pack-report.ts";
import type { Selection } from "../selection.ts";
import { EngineTar } from "./engine-tar.ts";
import { packMembers } from "./pack-members.ts";

export interface CaptureMembersOptions {
  /** What the engine sends; ends with the signal. */
  chunks: AsyncIterable<Uint8Array>;
  /** As messages call it. */
  source: string;
  selection: Selection;
  sinks: { archive: ByteSink; index: ByteSink };
  signal: AbortSignal;
  onProgress: ((progress: CaptureProgress) => void) | undefined;
}

/** Resolves when the sinks have accepted everything; in any case the engine sends nothing any more. */
export async function captureMembers(options: CaptureMembersOptions): Promise<PackSummary> {
  const { chunks, source, selection, sinks, signal, onProgress } = options;
  signal.throwIfAborted();
  const encoder = new FrameEncoder();
  const archive = new FrameWriter(sinks.archive, encoder);
  const index = new FrameWriter(sinks.index, encoder);
  const report = new PackReport();
  const pool = new SlabPool();
  const onWritten = (): void => {
    const { files, sourceBytes } = report.totals;
    onProgress?.({ files, sourceBytes, storedBytes: archive.storedBytes + index.storedBytes });
  };
  const packer = new TreePacker({
    archive: new SlabWriter(pool.supplyFor(archive, onWritten)),
    index: new SlabWriter(pool.supplyFor(index, onWritten)),
  });
  const tar = new EngineTar(chunks, source);
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => undefined);
  const onAbort = (): void => {
    const reason = cancellation(signal, `Capturing ${source}`);
    pool.fail(reason);
    cancelled.reject(reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await packMembers({ tar, packer, selection, report, step: () => pool.step() });
    await Promise.race([Promise.all([archive.finish(), index.finish()]), cancelled.promise]);
    return report.summary();
  } finally {
    signal.removeEventListener("abort", onAbort);
    archive.close();
    index.close();
    await tar.close();
  }
}
