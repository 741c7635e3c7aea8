/** Reports for people, kept in the state directory: the newest 50 of a kind. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HoldfastError, messageOf } from "../domain/errors.ts";

const KEPT = 50;

/** Ids sort by time. Gives the path of the report. */
export async function keepReport(
  directory: string,
  { id, markdown }: { id: string; markdown: string },
): Promise<string> {
  const path = join(directory, `${id}.md`);
  await writeSynced(path, markdown);
  const names = (await readdir(directory)).filter((name) => name.endsWith(".md")).sort();
  for (const name of names.slice(0, Math.max(0, names.length - KEPT))) {
    await rm(join(directory, name), { force: true });
  }
  return path;
}

/** All of it or nothing, also when the machine dies; makes the directory. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const above = await open(directory, "r");
    await above.sync().finally(() => above.close());
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unusable(`Writing ${path}`, error);
  }
}

export function unusable(what: string, error: unknown): HoldfastError {
  return new HoldfastError("target", {
    what,
    why: messageOf(error),
    next: "give --state a directory that can be written to",
    cause: error,
  });
}
