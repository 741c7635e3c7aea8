/**
 * The text cache as files in the state directory: `catalog/<store>.jsonl`, a line for each object, the last one of a key counts.
 * New lines are added at the end, by several processes at once if need be; one that was cut off is passed over.
 */
import { randomUUID } from "node:crypto";
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CachedText, TextCache } from "../ports/text-cache.ts";

export function openTextCache(stateDirectory: string): TextCache {
  const folder = join(stateDirectory, "catalog");
  const pathOf = (store: string): string => join(folder, `${store}.jsonl`);
  return {
    async load(store) {
      const lines = await readFile(pathOf(store), "utf8").catch(() => "");
      return new Map(
        lines
          .split("\n")
          .flatMap(parsed)
          .map((each) => [each.key, each]),
      );
    },
    async keep(store, texts, { replace }) {
      // The first line break ends what another process may have had to leave half written.
      const lines = `\n${texts.map((each) => `${JSON.stringify(each)}\n`).join("")}`;
      await write(folder, pathOf(store), lines, replace).catch(() => undefined);
    },
  };
}

async function write(folder: string, path: string, lines: string, replace: boolean): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!replace) return appendFile(path, lines, { mode: 0o600 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, lines, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function parsed(line: string): CachedText[] {
  try {
    const { key, version, text } = JSON.parse(line) as Partial<CachedText>;
    const isWhole = typeof key === "string" && typeof version === "string" && typeof text === "string";
    return isWhole ? [{ key, version, text }] : [];
  } catch {
    return [];
  }
}
