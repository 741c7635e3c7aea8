/**
 * Finds under which name the base point knew a file that is new at its path. A table of fixed size a file, made only when
 * the first such file comes; what is beyond its limit is not recognised and is archived again.
 */
import type { FramedFile } from "../../../archive/framed-file.ts";
import { hasContent, type ContentEntry, type IndexEntry } from "../../../archive/index-entry.ts";
import type { EntryStats } from "../../../archive/index-line.ts";
import { formatTimestamp } from "../../../archive/timestamp.ts";
import { placedLines, readLine } from "./base-entries.ts";

/** Files that are remembered, at 18 to 36 bytes each. */
const LIMIT = 1_500_000;

export class RenamedFiles {
  readonly #index: FramedFile;
  readonly #entries: number;
  #table: Table | undefined;

  /** `entries` is how many the index holds, for the size of the table. */
  constructor(index: FramedFile, entries: number) {
    this.#index = index;
    this.#entries = entries;
  }

  /** A file of the same inode, size and mtime: its content still has to be compared. Throws `damaged`. */
  find(stats: EntryStats): ContentEntry | undefined {
    this.#table ??= this.#fill();
    const identity = identityOf(String(stats.ino), Number(stats.size), formatTimestamp(stats.mtimeNs));
    for (const position of this.#table.positions(fingerprint(identity))) {
      const entry = readLine(this.#index.lineAt(position));
      if (isCandidate(entry) && identityOf(entry.inode, entry.size, entry.mtime) === identity) return entry;
    }
    return undefined;
  }

  #fill(): Table {
    const table = new Table(Math.min(this.#entries, LIMIT));
    for (const { position, text } of placedLines(this.#index)) {
      const entry = readLine(text);
      if (!isCandidate(entry)) continue;
      if (!table.add(fingerprint(identityOf(entry.inode, entry.size, entry.mtime)), position)) break;
    }
    return table;
  }
}

function isCandidate(entry: IndexEntry): entry is ContentEntry {
  return entry.type === "file" && entry.size > 0 && hasContent(entry) && entry.data.changed === undefined;
}

function identityOf(inode: string, size: number, mtime: string): string {
  return `${inode} ${size} ${mtime}`;
}

/** FNV-1a; two identities with one fingerprint only cost a look. */
function fingerprint(identity: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < identity.length; i += 1) hash = Math.imul(hash ^ identity.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Open addressing over two flat arrays. */
class Table {
  readonly #fingerprints: Uint32Array;
  /** One more than the position; 0 is a free place. */
  readonly #positions: Float64Array;
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(limit, 1) * 1.5));
    this.#limit = limit;
    this.#fingerprints = new Uint32Array(places);
    this.#positions = new Float64Array(places);
  }

  /** False when it is full. */
  add(print: number, position: number): boolean {
    if (this.#count === this.#limit) return false;
    const mask = this.#positions.length - 1;
    let place = print & mask;
    while (this.#positions[place] !== 0) place = (place + 1) & mask;
    this.#fingerprints[place] = print;
    this.#positions[place] = position + 1;
    this.#count += 1;
    return true;
  }

  *positions(print: number): Generator<number> {
    const mask = this.#positions.length - 1;
    for (let place = print & mask; this.#positions[place] !== 0; place = (place + 1) & mask) {
      if (this.#fingerprints[place] === print) yield (this.#positions[place] ?? 0) - 1;
    }
  }
}
