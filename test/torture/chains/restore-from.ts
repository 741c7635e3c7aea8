/** Restores a point from one store, by the use case with its thread or here. */
import type { AppContext } from "../../../src/app/app-context.ts";
import { openStored, readRecord } from "../../../src/app/point-objects.ts";
import { runRestore } from "../../../src/app/run-restore.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT, type CatalogPoint } from "../../../src/domain/recovery-point.ts";
import type { Store } from "../../../src/ports/store.ts";
import { inlineRestore } from "./inline-engine.ts";

export interface RestoreHow {
  inThread: boolean;
}

interface RestoreFrom extends RestoreHow {
  store: Store;
  point: CatalogPoint;
  target: string;
  paths: string[] | undefined;
}

/** Rejects also when anything could not be restored exactly. */
export async function restoreFrom(context: AppContext, request: RestoreFrom): Promise<void> {
  const warnings = await (request.inThread ? byTheUseCase(context, request) : here(request));
  if (warnings.length > 0) throw new Error(`restored with a loss: ${warnings.join(" ")}`);
}

async function byTheUseCase(
  context: AppContext,
  { store, point, target, paths }: RestoreFrom,
): Promise<string[]> {
  const { report, error } = await runRestore(context, {
    ...{ job: point.job, choice: { id: point.id }, stores: [store], paths, target },
    onExisting: "refuse",
    protectedPlaces: [],
    check: undefined,
    signal: new AbortController().signal,
  });
  if (report === undefined) throw error ?? new Error("nothing was restored");
  return report.warnings.filter((warning) => !/^Reading recovery point /.test(warning));
}

async function here({ store, point: { record }, target, paths }: RestoreFrom): Promise<string[]> {
  return inlineRestore({
    ...{ target, paths },
    index: openStored(store, record, INDEX_OBJECT),
    archive: async (id) => {
      const holder = id === undefined ? record : await readRecord(store, { ...record, id });
      return openStored(store, holder, ARCHIVE_OBJECT);
    },
  });
}
