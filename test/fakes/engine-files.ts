/** What a container engine sends of a directory, made by GNU tar: the same names in the same order, of a directory on this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../../src/domain/errors.ts";

/** `./` and what is below it. Throws what an engine would of what is not there. */
export async function* readDirectory(
  root: string,
  path: string,
  { signal, options = [] }: { signal: AbortSignal; options?: readonly string[] },
): AsyncGenerator<Uint8Array> {
  const directory = join(root, path);
  const stats = statSync(directory.replace(/\/\.?$/, ""), { throwIfNoEntry: false });
  const what = `Reading ${path} of a container`;
  if (stats === undefined)
    throw new HoldfastError("not-found", { what, why: `Could not find the file ${path}` });
  if (!stats.isDirectory())
    throw new HoldfastError("runtime", { what, why: `the engine said: lstat ${path}: not a directory` });
  const format = [
    "--format=pax",
    "--pax-option=delete=atime,delete=ctime",
    "--sort=name",
    "--blocking-factor=1",
  ];
  const tar = spawn("tar", [...format, "--xattrs", ...options, "-C", directory, "-c", "."], {
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  const ended = once(tar, "close");
  ended.catch(() => undefined);
  try {
    yield* tar.stdout as AsyncIterable<Uint8Array>;
  } finally {
    tar.kill("SIGKILL");
    await ended.catch(() => undefined);
  }
}
