/** Stored objects in memory: a sink that collects, a reader of bytes, and framed objects made from given content. */
import { FrameWriter } from "../../src/archive/frame-writer.ts";
import { SLAB_BYTES } from "../../src/archive/frame.ts";
import type { ObjectReader } from "../../src/ports/object-reader.ts";
import type { ByteSink } from "../../src/ports/source.ts";

export class MemorySink implements ByteSink {
  readonly #chunks: Uint8Array[] = [];

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(new Uint8Array(chunk));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Hands bytes out in odd pieces; `rangesRead` tells what was asked for. */
export class MemoryReader implements ObjectReader {
  readonly name: string;
  readonly size: number;
  readonly rangesRead: { offset: number; length: number }[] = [];
  readonly #bytes: Buffer;

  constructor(name: string, bytes: Buffer) {
    this.name = name;
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  async *read({
    range = { offset: 0, length: this.size },
  }: Parameters<ObjectReader["read"]>[0] = {}): AsyncGenerator<Uint8Array> {
    this.rangesRead.push(range);
    const end = Math.min(range.offset + range.length, this.size);
    for (let at = range.offset; at < end; at += 77_777)
      yield this.#bytes.subarray(at, Math.min(at + 77_777, end));
  }
}

export async function framed(content: Buffer, frameBytes = SLAB_BYTES): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = new FrameWriter(sink);
  for (let at = 0; at < content.length; at += frameBytes)
    await writer.add(content.subarray(at, at + frameBytes));
  await writer.finish();
  return sink.bytes();
}
