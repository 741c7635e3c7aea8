/** The path that a path leads to, symbolic links followed, whether or not it exists yet. */
import { lstat, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { HoldfastError } from "../../domain/errors.ts";
import { unlessMissing } from "./moves.ts";

/** Throws `usage` where a link of it leads nowhere. */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  const stats = await lstat(absolute).catch(unlessMissing);
  if (stats === undefined) return join(await realPath(dirname(absolute)), basename(absolute));
  const real = await realpath(absolute).catch(unlessMissing);
  if (real !== undefined) return real;
  throw new HoldfastError("usage", {
    what: `Restoring to ${path}`,
    why: `${absolute} is a symbolic link to ${await readlink(absolute)}, which does not exist`,
    next: "make the directory it leads to, or choose another one",
  });
}
