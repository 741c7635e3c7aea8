/** The other end of a capture in a one-off container: captures what it is told to, into one stream of frames. */
import { asError } from "../../../domain/errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ByteSink, CaptureRequest, Source } from "../../../ports/source.ts";
import type { DirectoryOptions } from "../options.ts";
import { HoldAsker } from "./ask-for-holds.ts";
import type { CaptureOrder } from "./capture-order.ts";
import { FrameStream, type StreamMessage } from "./frames.ts";
import { takeKeys } from "./keys-file.ts";
import { toldError } from "./told-error.ts";

/** Whether it succeeded, which the stream tells, too; throws only what keeps the stream from being written. */
export async function serveCapture(
  order: CaptureOrder,
  sourceOf: (options: DirectoryOptions) => Source,
  { output, clock, signal }: { output: ByteSink; clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  const stream = new FrameStream(output);
  const outcome = await captured(order, sourceOf, { stream, clock, signal });
  await stream.send(outcome);
  await stream.end();
  return outcome.type === "done";
}

async function captured(
  { options, keys, previous, base, asItIs, startedAt, holds }: CaptureOrder,
  sourceOf: (options: DirectoryOptions) => Source,
  { stream, clock, signal }: { stream: FrameStream; clock: Clock; signal: AbortSignal },
): Promise<StreamMessage> {
  try {
    const source = sourceOf(keys === undefined ? options : await takeKeys(keys, options));
    const summary = await source.capture({
      ...{ previous, base, asItIs, startedAt, signal },
      ...holding(holds, { stream, clock, signal }),
      openObject: (name) => stream.openObject(name),
      onDatabase: (of) => void stream.send({ type: "database", captured: of }).catch(() => undefined),
      // Nobody waits for it; a stream that cannot be written fails at the next bytes.
      onProgress: (progress) => void stream.send({ type: "progress", progress }).catch(() => undefined),
    });
    return { type: "done", summary };
  } catch (error) {
    return { type: "failed", ...toldError(asError(error), "Capturing in a one-off container") };
  }
}

function holding(
  holds: CaptureOrder["holds"],
  around: { stream: FrameStream; clock: Clock; signal: AbortSignal },
): Pick<CaptureRequest, "hold" | "freezerOf"> {
  if (holds === undefined) {
    return {
      freezerOf: async () => ({
        because: "it is captured in a container of its own, for which nobody can be held",
      }),
    };
  }
  const { directory, ofJob } = holds;
  const asker = new HoldAsker({ ...around, directory });
  return { hold: ofJob ? asker.hold : undefined, freezerOf: () => asker.findFreezer() };
}
