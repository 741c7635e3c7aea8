import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { faultyCodec, type CodecFault } from "../../../test/fakes/faulty-codec.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { runBackup } from "../../app/run-backup.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../../domain/recovery-point.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import { MemoryStore } from "../../stores/memory/memory-store.ts";
import { captureTree } from "./capture-tree.ts";

const signal = new AbortController().signal;

/** A volume whose frames go through a codec that is faulty in one of them. */
function faultySource(root: string, fault: CodecFault, frame: number): Source {
  return {
    kind: "volume",
    inspect: async () => [],
    async capture(request: CaptureRequest): Promise<CaptureSummary> {
      const { onProgress } = request;
      const sinks = { archive: request.openObject(ARCHIVE_OBJECT), index: request.openObject(INDEX_OBJECT) };
      const globs = { include: undefined, exclude: undefined, base: undefined };
      const codec = faultyCodec(fault, frame);
      const summary = await captureTree({ root, ...globs, sinks, signal, onProgress, codec });
      return { ...summary, kind: "full", needs: [], incomplete: false, capture: {} };
    },
  };
}

describe("a backup whose encoder is faulty", () => {
  it.each([
    ["other-content", 0],
    ["flipped-bit", 3],
    ["throws", 6],
  ] as const)("fails and leaves nothing in the store: %s in frame %i", async (fault, frame) => {
    const root = temporaryDirectory();
    for (let i = 0; i < 6; i += 1) writeFileSync(join(root, `f${i}`), Buffer.alloc(2 ** 22, `line ${i}\n`));
    const clock = new FakeClock(0);
    const store = new MemoryStore({ name: "memory", clock });
    const run = runBackup({
      ...{ stack: "test", job: "data", previous: undefined, encryption: undefined, clock, signal },
      source: faultySource(root, fault, frame),
      stores: [{ store, lock: { signal, check: () => undefined } }],
      tool: { name: "holdfast", version: "0" },
    });
    await expect(run).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringContaining("Compressing the data failed") as string,
    });
    expect(await Array.fromAsync(store.list(""))).toEqual([]);
  });
});
