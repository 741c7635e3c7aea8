/** The `config` kind: what the stack is made of beside its data, as a few files that are written for the capture alone. */
import { hash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CONTENT_DIGEST } from "../../domain/config-job.ts";
import type { CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";

export interface CollectedConfig {
  /** Text by path. */
  files: ReadonlyMap<string, string>;
  /** For the commit record. */
  facts: Record<string, unknown>;
  /** One sentence for each thing that should be among them and is not. */
  missing: readonly string[];
}

export interface ConfigSourceContext {
  collect: (signal: AbortSignal) => Promise<CollectedConfig>;
  /** Captures a directory as it is. */
  directory: (path: string) => Promise<Source>;
}

export interface ConfigSource extends Source {
  /** Of what a capture would take now: that of an equal point says so as `contentDigest`. */
  digest(signal: AbortSignal): Promise<string>;
}

export function createConfigSource({ collect, directory }: ConfigSourceContext): ConfigSource {
  return {
    kind: "config",
    digest: async (signal) => digestOf(await collect(signal)),
    capture: async (request) => captureFiles(await collect(request.signal), { request, directory }),
    inspect: async (signal) => [...(await collect(signal)).missing],
  };
}

async function captureFiles(
  collected: CollectedConfig,
  { request, directory }: { request: CaptureRequest } & Pick<ConfigSourceContext, "directory">,
): Promise<CaptureSummary> {
  const place = await mkdtemp(join(tmpdir(), "holdfast-config-"));
  try {
    for (const [path, text] of collected.files) {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), text, { mode: 0o600 });
    }
    const summary = await (
      await directory(place)
    ).capture({
      ...request,
      ...{ base: undefined, hold: undefined, asItIs: true },
    });
    return { ...summary, capture: { ...collected.facts, [CONTENT_DIGEST]: digestOf(collected) } };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function digestOf({ files }: CollectedConfig): string {
  return hash("sha256", JSON.stringify([...files].sort())).slice(0, 32);
}
