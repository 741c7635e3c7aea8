/** What `holdfast list` shows beside points: archives of another tool that lie in the stores, and who has adopted them. */
import { join } from "node:path/posix";
import { adoptedIn, foreignIn, USUAL_BEGINNING } from "../app/adopted-archives.ts";
import type { Stack } from "../daemon/compose.ts";
import { restoreCommand, type ForeignArchive } from "../domain/foreign-archive.ts";
import { formatSize } from "../domain/human-text.ts";
import { toIso } from "../domain/instant.ts";
import type { Store } from "../ports/store.ts";
import { formatTable } from "./table.ts";
import { formatInstant } from "./when.ts";

export interface ListedArchive extends ForeignArchive {
  store: string;
  /** The job that prunes it; undefined: nobody does. */
  adoptedBy: string | undefined;
}

/** Of the stores that the config names; those of a job alone where one is given. */
export async function foreignInStores(
  { config }: Stack,
  stores: readonly Store[],
  { job, signal }: { job: string | undefined; signal: AbortSignal },
): Promise<ListedArchive[]> {
  const found: ListedArchive[] = [];
  for (const store of stores) {
    if (!config.stores.some(({ name }) => name === store.name)) continue;
    const archives = await foreignIn(store, { beginning: USUAL_BEGINNING, signal });
    const adopted = await adoptedIn(store, { stack: config.stack, signal });
    for (const archive of withOtherNames(archives, adopted)) {
      const adoptedBy = adopted.find(({ name }) => name === archive.name)?.job;
      if (job === undefined || adoptedBy === job) found.push({ ...archive, store: store.name, adoptedBy });
    }
  }
  return found;
}

/** Adopted ones may begin with something else. */
function withOtherNames(
  archives: readonly ForeignArchive[],
  adopted: readonly { name: string; at: number; size: number }[],
): ForeignArchive[] {
  const others = adopted.filter(({ name }) => !name.startsWith(USUAL_BEGINNING));
  const encryptionOf = (name: string) =>
    (/\.(gpg|age)$/.exec(name)?.[1] as ForeignArchive["encryption"]) ?? undefined;
  return [
    ...archives,
    ...others.map(({ name, at, size }) => ({ name, at, size, encryption: encryptionOf(name) })),
  ];
}

export function foreignText(archives: readonly ListedArchive[], { config }: Stack): string {
  const [first] = archives;
  const options = config.stores.find(({ name }) => name === first?.store)?.options;
  const path = options?.kind === "local" ? join(options.path, first?.name ?? "") : (first?.name ?? "");
  const copied = options?.kind === "local" ? "" : ", once it is copied to a directory";
  return [
    "Archives of another tool. They are no points, and nothing prunes those that no job has adopted (docs/migrate.md):",
    "",
    formatTable(archives, [
      { title: "ARCHIVE", value: ({ name }) => name },
      { title: "STORE", value: ({ store }) => store },
      { title: "OF", value: ({ at }) => formatInstant(at) },
      { title: "SIZE", value: ({ size }) => formatSize(size), align: "right" },
      {
        title: "STATE",
        value: ({ adoptedBy }) => (adoptedBy === undefined ? "foreign" : `foreign, adopted by ${adoptedBy}`),
      },
    ]),
    "",
    ...(first === undefined ? [] : [`One comes back${copied} by: ${restoreCommand(first, path)}`]),
  ].join("\n");
}

export function foreignJson(archives: readonly ListedArchive[]): object[] {
  return archives.map(({ name, store, at, size, encryption, adoptedBy }) => ({
    ...{ name, store, at: toIso(at), size },
    ...{ encryption: encryption ?? null, adoptedBy: adoptedBy ?? null },
  }));
}
