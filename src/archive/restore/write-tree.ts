/**
 * Writes entries, in the index's order, into a fresh directory. Nothing it does can leave that
 * directory: names were checked by the index's reader, symlinks appear in a directory only when it is left, after
 * which nothing below it is written, and hardlinks go to files of this restore only.
 */
import {
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  renameSync,
  symlinkSync,
} from "node:fs";

import { HoldfastError } from "../../domain/errors.ts";
import { isWithin, parentOf, ROOT_PATH, toFsPath } from "../byte-path.ts";
import {
  hasContent,
  rawPath,
  rawTarget,
  specialType,
  type ContentEntry,
  type IndexEntry,
} from "../index-entry.ts";
import { Reach } from "../reach.ts";
import type { Metadata } from "./metadata.ts";
import type { PlannedEntry, TakenFile } from "./planned-entry.ts";
import type { SpecialFiles } from "./special-files.ts";
import { writeContent, type FrameSupply } from "./write-content.ts";

interface OpenDirectory {
  path: string;
  /** Through which its entries are made, so that nothing that is put in its place leads them elsewhere. */
  fd: number | undefined;
  entry: IndexEntry;
  symlinks: IndexEntry[];
}

const ENTER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Where the system lets an open directory be named. */
const DESCRIPTORS = "/proc/self/fd";
const HAS_DESCRIPTORS = existsSync(DESCRIPTORS);
/** Deeper ones are reached by their path: descriptors are few. */
const HELD_DIRECTORIES = 200;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export class TreeWriter {
  readonly progress = { entries: 0, files: 0, bytes: 0 };
  readonly #reach: Reach;
  /** For what a hardlink leads to, while the first names where it comes. */
  readonly #originals: Reach;
  readonly #pool: string;
  readonly #frames: FrameSupply;
  readonly #metadata: Metadata;
  readonly #specials: SpecialFiles;
  /** From the root to the directory of the last entry. */
  readonly #open: OpenDirectory[] = [];
  /** First restored name of files whose own name was not asked for. */
  readonly #standIns = new Map<string, string>();

  constructor(options: {
    root: string;
    pool: string;
    frames: FrameSupply;
    metadata: Metadata;
    specials: SpecialFiles;
  }) {
    this.#reach = new Reach(options.root);
    this.#originals = new Reach(options.root);
    this.#pool = options.pool;
    this.#frames = options.frames;
    this.#metadata = options.metadata;
    this.#specials = options.specials;
  }

  write(entry: PlannedEntry): void {
    const path = rawPath(entry);
    this.#leaveDirectoriesNotAbove(path);
    const parent = this.#open.at(-1);
    const inOrder = path === ROOT_PATH ? parent === undefined : parent?.path === parentOf(path);
    if (!inOrder) throw refused(entry, "its directory is not part of the recovery point");
    if (path === ROOT_PATH && entry.type !== "directory") throw refused(entry, "the root is no directory");
    if (entry.type === "directory") this.#openDirectory(path, entry);
    else if (entry.type === "symlink") parent?.symlinks.push(entry);
    else if (specialType(entry) !== undefined) this.#special(path, entry);
    else this.#fileOrHardlink(path, entry);
    this.progress.entries += 1;
  }

  /** Leaves all directories: makes the last symlinks and sets the last metadata. */
  finish(): void {
    while (this.#open.length > 0) this.#leaveDirectory();
    this.#reach.close();
    this.#originals.close();
  }

  #openDirectory(path: string, entry: IndexEntry): void {
    // The root is there already: it is the fresh directory itself.
    if (path === ROOT_PATH) this.#metadata.clear(this.#reach.at(path));
    else mkdirSync(this.#absolute(path), { mode: 0o700 });
    const isHeld = HAS_DESCRIPTORS && this.#open.length < HELD_DIRECTORIES;
    const fd = isHeld ? openSync(this.#absolute(path), ENTER) : undefined;
    this.#open.push({ path, fd, entry, symlinks: [] });
  }

  #leaveDirectoriesNotAbove(path: string): void {
    for (
      let last = this.#open.at(-1);
      last !== undefined && !isWithin(path, last.path);
      last = this.#open.at(-1)
    ) {
      this.#leaveDirectory();
    }
  }

  #leaveDirectory(): void {
    const directory = this.#open.at(-1);
    if (directory === undefined) return;
    for (const entry of directory.symlinks) {
      const path = rawPath(entry);
      symlinkSync(toFsPath(rawTarget(entry)), this.#absolute(path));
      this.#metadata.ofSymlink(this.#at(path), entry);
    }
    const { fd, entry } = directory;
    // By its descriptor: whoever may not enter it any more could not reach it by a path.
    if (fd === undefined) this.#metadata.ofDirectory(this.#reach.at(directory.path), entry);
    else {
      this.#metadata.ofFile(fd, entry);
      closeSync(fd);
    }
    this.#open.pop();
  }

  #fileOrHardlink(path: string, entry: PlannedEntry): void {
    const { taken } = entry;
    if (!hasContent(entry)) throw refused(entry, "the index does not say where its content is");
    if (entry.type === "hardlink" && this.#link(path, entry)) return;
    if (taken === undefined) this.#file(path, entry);
    else this.#take(path, entry, taken);
    if (entry.type === "hardlink") this.#standIns.set(rawTarget(entry), path);
  }

  #special(path: string, entry: IndexEntry): void {
    const at = this.#at(path);
    if (this.#specials.make(at, entry)) this.#metadata.ofSpecial(at, entry);
  }

  #file(path: string, entry: ContentEntry): void {
    const fd = openSync(this.#absolute(path), CREATE, this.#metadata.modeOfNew(entry));
    try {
      writeContent(fd, entry, this.#frames);
      this.#metadata.ofNewFile(fd, entry);
    } finally {
      closeSync(fd);
    }
    this.#count(entry);
  }

  /** Of a link nothing is set, because it is the target's own file, too. */
  #take(path: string, entry: ContentEntry, { name, isLink }: TakenFile): void {
    renameSync(toFsPath(`${this.#pool}/${name}`), this.#absolute(path));
    if (!isLink) {
      const fd = openSync(this.#absolute(path), constants.O_WRONLY | constants.O_NOFOLLOW);
      try {
        this.#metadata.ofFile(fd, entry);
      } finally {
        closeSync(fd);
      }
    }
    this.#count(entry);
  }

  #count(entry: ContentEntry): void {
    this.progress.files += 1;
    this.progress.bytes += entry.size;
  }

  /** False when the file it links to is not part of this restore: it then becomes a file of its own. */
  #link(path: string, entry: IndexEntry): boolean {
    const original = this.#standIns.get(rawTarget(entry)) ?? rawTarget(entry);
    if (!this.#isRestoredFile(original)) return false;
    linkSync(toFsPath(this.#originals.at(original)), this.#absolute(path));
    return true;
  }

  /** Checked part by part, because a symlink on the way could lead out of the tree. */
  #isRestoredFile(path: string): boolean {
    const parts = path.split("/");
    return parts.every((part, i) => {
      if (part === "" || part === "." || part === "..") return false;
      const here = toFsPath(this.#originals.at(parts.slice(0, i + 1).join("/")));
      const stats = lstatSync(here, { throwIfNoEntry: false });
      return i === parts.length - 1 ? (stats?.isFile() ?? false) : (stats?.isDirectory() ?? false);
    });
  }

  #absolute(path: string): string | Buffer {
    return toFsPath(this.#at(path));
  }

  /** A byte path of an entry of the directory that was entered last, or of the root. */
  #at(path: string): string {
    const parent = this.#open.at(-1);
    if (parent?.fd === undefined) return this.#reach.at(path);
    return `${DESCRIPTORS}/${parent.fd}/${path.slice(path.lastIndexOf("/") + 1)}`;
  }
}

function refused(entry: IndexEntry, why: string): HoldfastError {
  const next = "verify the recovery point and restore from another one";
  return new HoldfastError("damaged", { what: `Restoring ${entry.path}`, why, next });
}
