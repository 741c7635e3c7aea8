/** Archives that another tool has made, such as docker-volume-backup: found by their names, restored as they are, never pruned. */
import type { Instant } from "./instant.ts";

export interface ForeignArchive {
  name: string;
  size: number;
  /** By its name, where that has a time; else when it was last written. */
  at: Instant;
  encryption: "gpg" | "age" | undefined;
}

const ENDING = /\.(?:tar|tar\.gz|tgz|tar\.zst)(?:\.(gpg|age))?$/;
/** As in `backup-2021-08-29T04-00-00.tar.gz`. */
const TIME = /(\d{4})-(\d\d)-(\d\d)(?:[T_ -](\d\d)[-:]?(\d\d)(?:[-:]?(\d\d))?)?/;

/** Newest first. */
export function foreignArchives(
  files: readonly { name: string; size: number; modifiedAt: Instant }[],
): ForeignArchive[] {
  const found = files.flatMap(({ name, size, modifiedAt }) => {
    const ending = ENDING.exec(name);
    if (ending === null) return [];
    const encryption = ending[1] as ForeignArchive["encryption"];
    return [{ name, size, at: timeIn(name) ?? modifiedAt, encryption }];
  });
  return found.toSorted((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1));
}

/** The command that restores it, and decrypts it by what it was encrypted with. */
export function restoreCommand({ encryption }: Pick<ForeignArchive, "encryption">, path: string): string {
  const file = /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
  const key = encryption === undefined ? "" : " --passphrase-file FILE";
  return `holdfast restore --archive ${file} --to DIRECTORY${key}`;
}

function timeIn(name: string): Instant | undefined {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = TIME.exec(name) ?? [];
  if (year === undefined) return undefined;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}
