/** Verbs that take the id of a point: it is looked for in every store, over all jobs. */
import { openObject, readHolder } from "../app/point-objects.ts";
import { locatePoint, type PointCopy } from "../app/locate-point.ts";
import { assertOfFiles } from "../app/dumps-of-point.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../domain/recovery-point.ts";
import type { Stack } from "../daemon/compose.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

/** The copies of the point, at least one. */
export async function pointCopies(
  context: VerbContext,
  stack: Stack,
  id: string,
): Promise<[PointCopy, ...PointCopy[]]> {
  const { catalog, stack: name } = stack.context;
  const { copies, warnings } = await locatePoint({
    ...{ catalog, choice: { id }, signal: context.signal },
    stores: stack.stores,
    stack: name,
  });
  for (const warning of warnings) warnLine(context.terminal, warning);
  return copies;
}

/** Throws `usage` for a point that has no files. */
export function indexOf({ context: { keys } }: Stack, { store, point, siblings }: PointCopy): ObjectReader {
  assertOfFiles(point.record, `Looking into recovery point ${point.id}`);
  return openObject(store, point.record, INDEX_OBJECT, { keys, siblings });
}

/** Opens the archive that holds an entry's bytes: that of this point, or of one that it needs. */
export function archiveOf(
  { context: { keys } }: Stack,
  { store, point: { record }, siblings }: PointCopy,
): (id: string | undefined) => Promise<ObjectReader> {
  const options = { keys, siblings: [record, ...siblings] };
  return async (id) => openObject(store, await readHolder(store, record, id), ARCHIVE_OBJECT, options);
}
