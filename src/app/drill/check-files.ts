/** Looks at files of a restored tree by their names. */
import { open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { contains } from "../../archive/restore/mount-table.ts";
import { errnoOf } from "../../archive/restore/moves.ts";
import type { FilesCheck } from "../../domain/drill-check.ts";
import { messageOf } from "../../domain/errors.ts";
import { formatSize } from "../../domain/human-text.ts";

/** What is parsed is read into memory. */
const LARGEST_JSON = 64 * 1024 * 1024;

/** One sentence for each that is not as it should be. */
export async function problemsOfFiles(root: string, { kind, paths }: FilesCheck): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const problem = await problemOf(root, path, kind);
    if (problem !== undefined) found.push(problem);
  }
  return found;
}

async function problemOf(root: string, path: string, kind: FilesCheck["kind"]): Promise<string | undefined> {
  const found = await resolveIn(root, path);
  if ("problem" in found) return found.problem;
  return kind === "json" ? problemOfJson(found.real, path) : undefined;
}

/** Where a path of a restored tree leads to, or a sentence: links of the application's to somewhere else mean nothing here. */
export async function resolveIn(root: string, path: string): Promise<{ real: string } | { problem: string }> {
  const real = await realpath(join(root, path)).catch((error: unknown) => {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  });
  if (real === undefined) return { problem: missing(path) };
  if (contains(await realpath(root), real)) return { real };
  return { problem: `${path} is a link out of the source, which no check follows.` };
}

export function missing(path: string): string {
  return `${path} is not in the point, and a check asks for it.`;
}

async function problemOfJson(real: string, path: string): Promise<string | undefined> {
  const file = await open(real);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return `${path} is no file, and a check asks for JSON.`;
    if (stats.size > LARGEST_JSON)
      return `${path} is too large to be parsed as JSON: ${formatSize(stats.size)}.`;
    JSON.parse(await file.readFile("utf8"));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `${path} is no JSON: ${messageOf(error)}.`;
  } finally {
    await file.close();
  }
}
