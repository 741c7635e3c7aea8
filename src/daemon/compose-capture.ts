/** A capture in a one-off container, for the Holdfast that made it: no config, no stores, only a directory and a stream. */
import { systemProcessTable } from "../observability/process-identity.ts";
import type { ByteSink } from "../ports/source.ts";
import { serveCapture } from "../sources/volume/stream/serve-capture.ts";
import type { CaptureOrder } from "../sources/volume/stream/capture-order.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { settledSource, sourceSettler } from "./settle-source.ts";

/** `order` as orderOf gives it, in JSON. */
export function captureForAnother(
  order: string,
  options: { output: ByteSink; signal: AbortSignal; onEvent: (message: string) => void },
): Promise<boolean> {
  const processes = systemProcessTable();
  return serveCapture(
    JSON.parse(order) as CaptureOrder,
    (directory) => {
      const settle = sourceSettler(directory.path, { others: [], processes });
      return settledSource(createVolumeSource(directory), settle, options.onEvent);
    },
    options,
  );
}
