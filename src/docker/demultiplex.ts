/**
 * The engine's way of sending two outputs over one connection: frames of one byte for which output, three of nothing,
 * four for the length (big-endian), then the bytes.
 */
import { HoldfastError } from "../domain/errors.ts";
import type { ByteSink } from "../ports/source.ts";
import type { CommandOutput } from "../ports/container-runtime.ts";

const HEADER_BYTES = 8;
const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/** Of a command's standard error, what its end tells. */
const LAST_WORDS_BYTES = 64 * 1024;

/** Gives each output's bytes to its sink, in order and with backpressure. Resolves with the last of the standard error. */
export async function demultiplex(
  chunks: AsyncIterable<Uint8Array>,
  { stdout, stderr }: CommandOutput,
): Promise<string> {
  const lastWords = new LastBytes(LAST_WORDS_BYTES);
  const sinks = { stdout, stderr: both(lastWords, stderr) };
  for await (const { output, part } of partsOf(chunks)) await sinkOf(output, sinks).write(part);
  return lastWords.text();
}

interface OutputPart {
  output: number | undefined;
  part: Uint8Array;
}

/** The frames' contents as they come: a frame is not waited for. */
async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<OutputPart> {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let left = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0;) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        yield { output: header[0], part };
        left -= part.length;
        rest = rest.subarray(part.length);
      } else {
        const part = rest.subarray(0, HEADER_BYTES - headerBytes);
        header.set(part, headerBytes);
        rest = rest.subarray(part.length);
        headerBytes = (headerBytes + part.length) % HEADER_BYTES;
        if (headerBytes === 0) left = header.readUInt32BE(4);
      }
    }
  }
  if (left > 0 || headerBytes > 0) throw cutShort();
}

interface Sinks {
  stdout: ByteSink;
  stderr: ByteSink;
}

function sinkOf(which: number | undefined, { stdout, stderr }: Sinks): ByteSink {
  if (which === STANDARD_OUTPUT) return stdout;
  if (which === STANDARD_ERROR) return stderr;
  throw new HoldfastError("runtime", {
    what: "Reading the output of a command",
    why: "the engine sent something that is no output",
    next: "check that nothing between this service and the engine changes what it sends",
  });
}

function both(first: ByteSink, second: ByteSink | undefined): ByteSink {
  if (second === undefined) return first;
  return {
    async write(chunk) {
      await first.write(chunk);
      await second.write(chunk);
    },
  };
}

function cutShort(): HoldfastError {
  return new HoldfastError("runtime", {
    what: "Reading the output of a command",
    why: "the connection to the engine ended in the middle of it",
    transient: true,
  });
}

/** Holds up to twice its limit, so that many small chunks are not joined again with each. */
class LastBytes implements ByteSink {
  #chunks: Uint8Array[] = [];
  #held = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(Uint8Array.from(chunk.subarray(-this.#limit)));
    this.#held += Math.min(chunk.length, this.#limit);
    if (this.#held > 2 * this.#limit) this.#join();
  }

  text(): string {
    return this.#join().toString("utf8").trim();
  }

  #join(): Buffer {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [kept];
    this.#held = kept.length;
    return kept;
  }
}
