/** For each file of a walk: where an earlier point holds its content, and how sure that is. */
import { FramedFile } from "../../../archive/framed-file.ts";
import { hasContent, rawMember, type ContentEntry } from "../../../archive/index-entry.ts";
import { lineHead, type EntryStats, type PackedContent } from "../../../archive/index-line.ts";
import { HoldfastError } from "../../../domain/errors.ts";
import { BaseEntries } from "./base-entries.ts";
import { RenamedFiles } from "./renamed-files.ts";
import { areTimesTrusted, isUnchanged, mayBeUnchanged, type ScanTimes } from "./unchanged.ts";

export interface Earlier {
  content: PackedContent;
  /**
   * `certain`: take it unread. `expected`: nothing says that it changed, but read it and compare. `possible`: worth
   * comparing.
   */
  likeness: "certain" | "expected" | "possible";
  /** The line of the new index, for a file that has no extended attributes now. */
  line?: string;
}

/** What follows the metadata in the line of most files. */
const CONTENT = /^,"sha256":"([0-9a-f]{64})","data":\{"offset":(\d{1,15})(?:,"point":"([\w-]+)")?\}\}$/;

/** What crosses to the packing thread. */
export interface BaseOptions {
  indexPath: string;
  /** Of the base point. */
  id: string;
  /** How many entries its index holds. */
  entries: number;
  times: ScanTimes;
  /** See CaptureBase. */
  recheck: number;
  seed: number;
}

export class EarlierContents {
  readonly #options: BaseOptions;
  readonly #onTrouble: (why: string) => void;
  readonly #draw: () => number;
  #base: { entries: BaseEntries; renamed: RenamedFiles; file: FramedFile } | undefined;

  /** `onTrouble` is told once when the index cannot be read (on); from then on nothing is known of any file. */
  constructor(options: BaseOptions, onTrouble: (why: string) => void) {
    this.#options = options;
    this.#onTrouble = onTrouble;
    this.#draw = uniform(options.seed);
    this.#base = this.#unlessDamaged(() => {
      const file = new FramedFile(options.indexPath);
      const renamed = new RenamedFiles(file, options.entries);
      return { file, renamed, entries: new BaseEntries(file) };
    });
  }

  /** Files come in the order of the walk. */
  find(path: string, stats: EntryStats): Earlier | undefined {
    return this.#unlessDamaged(() => {
      const same = this.#same(path, stats);
      if (same !== undefined) return same;
      const entry = this.#base?.entries.at(path);
      if (entry !== undefined && hasContent(entry)) {
        if (isUnchanged(entry, stats, this.#options.times)) return this.#unchanged(entry);
        if (mayBeUnchanged(entry, stats)) return this.#reference(entry, "possible");
        if (entry.inode === String(stats.ino)) return undefined;
      }
      const renamed = stats.size === 0n ? undefined : this.#base?.renamed.find(stats);
      return renamed && this.#reference(renamed, "possible");
    });
  }

  close(): void {
    this.#base?.file.close();
    this.#base = undefined;
  }

  /**
   * Of most files the base's line begins as it would be written now: then nothing changed, and the line is written again
   * without parsing it, in a fifth of the time.
   */
  #same(path: string, stats: EntryStats): Earlier | undefined {
    if (!areTimesTrusted(stats, this.#options.times)) return undefined;
    const size = Number(stats.size);
    const head = lineHead(path, "file", size, stats);
    const match = CONTENT.exec(this.#base?.entries.restAfter(head) ?? "");
    if (match === null) return undefined;
    const [, sha256 = "", offset = "", point = this.#options.id] = match;
    return {
      likeness: this.#isDrawn() ? "expected" : "certain",
      content: { offset: Number(offset), size, sha256, point, member: path },
      line: `${head},"sha256":"${sha256}","data":{"offset":${offset},"point":"${point}"}}\n`,
    };
  }

  #unchanged(entry: ContentEntry): Earlier {
    const isChecked = entry.database !== undefined || this.#isDrawn();
    return this.#reference(entry, isChecked ? "expected" : "certain");
  }

  #isDrawn(): boolean {
    return this.#draw() < this.#options.recheck;
  }

  #reference(entry: ContentEntry, likeness: Earlier["likeness"]): Earlier {
    const { size, sha256, data, database } = entry;
    const point = data.point ?? this.#options.id;
    return {
      likeness,
      content: {
        ...{ offset: data.offset, size, sha256 },
        database,
        point,
        holes: data.holes,
        member: rawMember(entry),
      },
    };
  }

  #unlessDamaged<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof HoldfastError) && !(error instanceof Error && "code" in error)) throw error;
      this.close();
      this.#onTrouble(error.message);
      return undefined;
    }
  }
}

/** Numbers in [0, 1) from a seed (xorshift): which files are checked need not be secret, only not always the same. */
function uniform(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
