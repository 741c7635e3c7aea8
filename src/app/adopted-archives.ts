/**
 * Archives that another tool has made and that lie in a store beside its points. They are nobody's until a job adopts them: a mark in the
 * store says so, and taking the mark away gives them back. The archive itself is neither read nor changed.
 */
import { z } from "zod";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { foreignArchives, type ForeignArchive } from "../domain/foreign-archive.ts";
import type { Instant } from "../domain/instant.ts";
import { toIso } from "../domain/instant.ts";
import { stackPrefix } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { once, readText } from "./small-object.ts";

/** No listing of points looks into folders with a dot. */
const FOLDER = ".adopted/";

/** What docker-volume-backup calls them where nobody says otherwise. */
export const USUAL_BEGINNING = "backup-";

export interface AdoptedArchive {
  /** Its key in the store. */
  name: string;
  job: string;
  at: Instant;
  /** When it was adopted; another size is another archive. */
  size: number;
}

interface Scope {
  stack: string;
  signal: AbortSignal;
}

/** Those in the store's own folder whose names begin so, newest first. */
export async function foreignIn(
  store: Store,
  { beginning, signal }: { beginning: string; signal: AbortSignal },
): Promise<ForeignArchive[]> {
  const found = await Array.fromAsync(store.list(beginning, { signal }));
  return foreignArchives(
    found.flatMap(({ key, size, modifiedAt }) =>
      key.includes("/") ? [] : [{ name: key, size, modifiedAt }],
    ),
  );
}

/** Of every job, or of one; the oldest first. A mark that cannot be read throws: what is not known to be adopted would look free. */
export async function adoptedIn(
  store: Store,
  { stack, job, signal }: Scope & { job?: string | undefined },
): Promise<AdoptedArchive[]> {
  const prefix = `${stackPrefix(stack)}${FOLDER}${job === undefined ? "" : `${job}/`}`;
  const marks = await Array.fromAsync(store.list(prefix, { signal }));
  const found: AdoptedArchive[] = [];
  for (const { key } of marks)
    found.push(parsed(await readText(store, key, { signal }), `${store.name}:${key}`));
  return found.toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
}

/** Done already where it is adopted by that job. */
export async function adoptArchive(
  store: Store,
  { name, job, at, size }: AdoptedArchive,
  { stack, signal }: Scope,
): Promise<void> {
  const text = `${JSON.stringify({ format: 1, name, job, at: toIso(at), size })}\n`;
  await store.put(markOf(stack, job, name), once(Buffer.from(text)), { signal, replace: true });
}

/** It is nobody's again. */
export async function disownArchive(
  store: Store,
  { name, job }: Pick<AdoptedArchive, "name" | "job">,
  { stack, signal }: Scope,
): Promise<void> {
  await store.delete(markOf(stack, job, name), { signal });
}

function markOf(stack: string, job: string, name: string): string {
  return `${stackPrefix(stack)}${FOLDER}${job}/${name}.json`;
}

const Mark = z.object({
  format: z.literal(1),
  name: z.string().regex(/^[^/]+$/),
  job: z.string().min(1),
  at: z.iso.datetime(),
  size: z.number().int().nonnegative(),
});

function parsed(text: string, of: string): AdoptedArchive {
  try {
    const { name, job, at, size } = Mark.parse(JSON.parse(text));
    return { name, job, at: Date.parse(at), size };
  } catch (cause) {
    throw new HoldfastError("damaged", {
      what: `Reading which archives are adopted (${of})`,
      why: messageOf(cause),
      next: "remove that object: the archive is nobody's then, and stays",
      cause,
    });
  }
}
