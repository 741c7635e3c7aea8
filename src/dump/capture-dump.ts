/**
 * Runs a dump tool and stores what it writes: examined, cut into slabs, compressed in parallel. What the store does not take, the tool
 * is not asked for. The object gets its end only when the tool has ended well and the dump was found to be one.
 */
import { FrameWriter } from "../archive/frame-writer.ts";
import { SlabPool } from "../archive/slab-pool.ts";
import { SlabWriter } from "../archive/slab-writer.ts";
import { cancellation, HoldfastError, messageOf } from "../domain/errors.ts";
import type { CommandEnd } from "../ports/container-runtime.ts";
import type { ByteSink } from "../ports/source.ts";
import type { DumpExaminer, DumpFacts, DumpPart, ToolPlace } from "./dump-kind.ts";
import { toolError } from "./tool-error.ts";

export interface CaptureDumpRequest {
  place: ToolPlace;
  part: DumpPart;
  /** Where the part belongs, as errors call it: `service db`. */
  source: string;
  sink: ByteSink;
  onProgress: (written: { bytes: number; storedBytes: number }) => void;
  signal: AbortSignal;
}

export interface CapturedDump extends DumpFacts {
  /** Before compression. */
  bytes: number;
}

/** Written to at most this much at a time: less than a slab. */
const STEP_BYTES = 1024 * 1024;
/** How much is still read of what is no dump, to learn what the tool says at its end. */
const READ_ON_BYTES = 1024 * 1024;

export async function captureDump(request: CaptureDumpRequest): Promise<CapturedDump> {
  const { place, part, source, signal, sink, onProgress } = request;
  const what = `Dumping ${part.what} of ${source}`;
  const pool = new SlabPool(1);
  const frames = new FrameWriter(sink);
  const slabs = new SlabWriter(
    pool.supplyFor(frames, () => onProgress({ bytes: slabs.position, storedBytes: frames.storedBytes })),
  );
  const exam = new Examination(part.examiner, what);
  const onAbort = (): void => pool.fail(cancellation(signal, what));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const take = async (chunk: Uint8Array): Promise<void> => {
      if (exam.push(chunk)) await store(chunk, slabs, pool);
    };
    const { filter } = part;
    const stdout = { write: (chunk: Uint8Array) => take(filter?.push(chunk) ?? chunk) };
    const end = await place.run(part.tool, { stdout }, signal);
    if (filter !== undefined && end.exitCode === 0) await take(filter.finish());
    const facts = exam.finish(part, place, end);
    slabs.flush();
    await unlessAborted(frames.finish(), signal, what);
    return { ...facts, bytes: slabs.position };
  } catch (error) {
    throw signal.aborted ? cancellation(signal, what) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    frames.close();
  }
}

async function store(chunk: Uint8Array, slabs: SlabWriter, pool: SlabPool): Promise<void> {
  for (let at = 0; at < chunk.length; at += STEP_BYTES) {
    await pool.step();
    const part = chunk.subarray(at, at + STEP_BYTES);
    slabs.write(Buffer.from(part.buffer, part.byteOffset, part.length));
  }
}

/** Of two reasons why a dump is none, the tool's own counts: what it writes when it cannot dump is no dump either. */
class Examination {
  readonly #examiner: DumpExaminer;
  readonly #what: string;
  #failure: unknown;
  #isFailed = false;
  #readOn = 0;
  #bytes = 0;

  constructor(examiner: DumpExaminer, what: string) {
    this.#examiner = examiner;
    this.#what = what;
  }

  /** False: it is no dump, and nothing more of it is wanted. */
  push(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    if (!this.#isFailed) {
      try {
        this.#examiner.push(chunk);
        return true;
      } catch (error) {
        this.#isFailed = true;
        this.#failure = error;
      }
    }
    this.#readOn += chunk.length;
    if (this.#readOn > READ_ON_BYTES) throw this.#noDump(this.#failure);
    return false;
  }

  finish({ tool }: DumpPart, place: ToolPlace, end: CommandEnd): DumpFacts {
    if (end.exitCode !== 0) throw toolError({ what: this.#what, place, tool, end });
    if (this.#isFailed) throw this.#noDump(this.#failure);
    try {
      return this.#examiner.finish();
    } catch (error) {
      if (this.#bytes > 0) throw this.#noDump(error);
      const why = `${tool.name} in ${place.name} ended well, but wrote nothing`;
      throw new HoldfastError("source", { what: this.#what, why, cause: error });
    }
  }

  #noDump(error: unknown): HoldfastError {
    if (error instanceof HoldfastError) return error;
    const why = `what was written is no whole dump: ${messageOf(error)}`;
    return new HoldfastError("source", { what: this.#what, why, cause: error });
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal, what: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancellation(signal, what));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
  }
}
