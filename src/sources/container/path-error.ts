/** What it means that the engine does not give a path of a container: how much of the path there is. */
import { posix } from "node:path";

import { hasCode, HoldfastError } from "../../domain/errors.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";

/** Of a directory its content, and of a symlink to one that of the directory. */
export function contentOf(path: string): string {
  return path.endsWith("/") ? `${path}.` : `${path}/.`;
}

export interface Asked {
  source: string;
  path: string;
  container: Container;
  runtime: ContainerRuntime;
}

/** The error to throw for what reading the path failed with. */
export async function pathError(error: unknown, asked: Asked, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof HoldfastError) || signal.aborted) return error;
  const { source, path, container } = asked;
  const what = `Capturing ${source}`;
  if (isNoDirectory(error)) {
    const next = "name the directory it is in as the path, and the file in `include`";
    return new HoldfastError("source", { what, why: `${path} is no directory`, next, cause: error });
  }
  if (!hasCode(error, "not-found")) return error;
  const found = await nearest(posix.dirname(path), asked, signal);
  const next = "check the path, or run the job when the service has made it";
  const there = found === undefined ? "" : `, only ${found}`;
  return new HoldfastError("source", {
    ...{ what, next, cause: error },
    why: `container ${container.name} has no ${path}${there}`,
  });
}

function isNoDirectory(error: HoldfastError): boolean {
  return hasCode(error, "runtime") && /not a directory/i.test(error.facts.why);
}

/** A path has no more parts than this that anybody types. */
const MAX_PARTS = 64;

async function nearest(
  path: string,
  { container, runtime }: Asked,
  signal: AbortSignal,
): Promise<string | undefined> {
  let at = path;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    try {
      await readBeginning(runtime.readPath(container.id, at, signal));
      return at;
    } catch (error) {
      if (!hasCode(error, "not-found") || at === "/") return undefined;
    }
    at = posix.dirname(at);
  }
  return undefined;
}

/** Throws what keeps it from being read. */
export async function readBeginning(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) return;
}
