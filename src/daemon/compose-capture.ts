/** A capture in a one-off container, for the Holdfast that made it: no config, no stores, only a directory and a stream. */
import type { TellEvent } from "../domain/stack-event.ts";
import { systemProcessTable } from "../observability/process-identity.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { ByteSink } from "../ports/source.ts";
import { serveCapture } from "../sources/volume/stream/serve-capture.ts";
import type { CaptureOrder } from "../sources/volume/stream/capture-order.ts";
import { createDirectorySource } from "./compose-directory.ts";
import { settledSource, sourceSettler } from "./settle-source.ts";

/** `order` as orderOf gives it, in JSON. */
export function captureForAnother(
  order: string,
  options: { output: ByteSink; signal: AbortSignal; onEvent: TellEvent },
): Promise<boolean> {
  const processes = systemProcessTable();
  const given = JSON.parse(order) as CaptureOrder;
  const around = { clock: systemClock, random: Math.random, processes, scratch: given.scratch };
  return serveCapture(
    given,
    (directory) => {
      const settle = sourceSettler(directory.path, { others: [], processes });
      return settledSource(createDirectorySource(directory, around), settle, options.onEvent);
    },
    { ...options, clock: systemClock },
  );
}
