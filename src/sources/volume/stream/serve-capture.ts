/** The other end of a capture in a one-off container: captures what it is told to, into one stream of frames. */
import { asError, HoldfastError } from "../../../domain/errors.ts";
import type { ByteSink, Source } from "../../../ports/source.ts";
import type { DirectoryOptions } from "../options.ts";
import type { CaptureOrder } from "./capture-order.ts";
import { FrameStream, type StreamMessage } from "./frames.ts";

/** Whether it succeeded, which the stream tells, too; throws only what keeps the stream from being written. */
export async function serveCapture(
  order: CaptureOrder,
  sourceOf: (options: DirectoryOptions) => Source,
  { output, signal }: { output: ByteSink; signal: AbortSignal },
): Promise<boolean> {
  const stream = new FrameStream(output);
  const outcome = await captured(order, sourceOf(order.options), { stream, signal });
  await stream.send(outcome);
  await stream.end();
  return outcome.type === "done";
}

async function captured(
  { previous, base, asItIs }: CaptureOrder,
  source: Source,
  { stream, signal }: { stream: FrameStream; signal: AbortSignal },
): Promise<StreamMessage> {
  try {
    const summary = await source.capture({
      ...{ previous, base, asItIs, signal },
      freezerOf: async () => ({ because: "it is captured in a container of its own, which can hold nobody" }),
      openObject: (name) => stream.openObject(name),
      // Nobody waits for it; a stream that cannot be written fails at the next bytes.
      onProgress: (progress) => void stream.send({ type: "progress", progress }).catch(() => undefined),
    });
    return { type: "done", summary };
  } catch (error) {
    return failure(asError(error));
  }
}

function failure(error: Error): StreamMessage {
  if (!(error instanceof HoldfastError)) {
    const facts = { what: "Capturing in a one-off container", why: error.message };
    return { type: "failed", code: "internal", facts };
  }
  const { what, why, next, transient } = error.facts;
  return {
    type: "failed",
    code: error.code,
    facts: {
      ...{ what, why },
      ...(next === undefined ? {} : { next }),
      ...(transient === undefined ? {} : { transient }),
    },
  };
}
