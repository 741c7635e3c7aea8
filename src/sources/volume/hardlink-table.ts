/** Remembers files with several names until all of their names were seen. */
import type { BigIntStats } from "node:fs";

import type { PackedContent } from "../../archive/index-line.ts";

export interface PackedFile {
  path: string;
  content: PackedContent;
  /** When the content was looked at. */
  ctimeNs: bigint;
}

export class HardlinkTable {
  readonly #files = new Map<string, PackedFile & { namesLeft: bigint }>();

  /** The file packed under another of this inode's names. */
  find(stats: BigIntStats): PackedFile | undefined {
    if (stats.nlink < 2n) return undefined;
    const key = keyOf(stats);
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    file.namesLeft -= 1n;
    if (file.namesLeft === 0n) this.#files.delete(key);
    return file;
  }

  remember(stats: BigIntStats, file: Omit<PackedFile, "ctimeNs">): void {
    const { nlink, ctimeNs } = stats;
    if (nlink > 1n) this.#files.set(keyOf(stats), { ...file, ctimeNs, namesLeft: nlink - 1n });
  }
}

function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
