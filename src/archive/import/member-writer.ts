/**
 * Writes members, in whatever order they come, into a directory that nobody else can reach yet. Nothing it does can leave
 * that directory: names were checked by the reader, everything is written through open directories, symlinks appear last,
 * and hardlinks go to files of this archive only.
 */
import * as fs from "node:fs";

import type { HoldfastError } from "../../domain/errors.ts";
import { parentOf, ROOT_PATH, toFsPath, toText } from "../byte-path.ts";
import { rawTarget, type IndexEntry } from "../index-entry.ts";
import type { Metadata } from "../restore/metadata.ts";
import { errnoOf } from "../restore/moves.ts";
import type { SpecialFiles } from "../restore/special-files.ts";
import { writeWithHoles } from "../restore/write-content.ts";
import { formatTimestamp } from "../timestamp.ts";
import type { XattrFields } from "../xattrs/xattrs.ts";
import { DeferredEntries } from "./deferred-entries.ts";
import { printable, unsafe } from "./import-error.ts";
import { OpenDirectories, type OpenDirectory } from "./open-directories.ts";
import type { Member } from "./read-members.ts";
import { placed } from "./sparse-map.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
const SET_ID = 0o6000;
const HARMLESS = /^(user\.|system\.posix_acl_(access|default)$)/;

export interface MemberWriterOptions {
  /** Byte path of the fresh directory. */
  root: string;
  archive: string;
  metadata: Metadata;
  /** Also file capabilities, and attributes that only root may set. */
  keepSetuid: boolean;
  specials: SpecialFiles;
  warn: (message: string) => void;
}

export class MemberWriter {
  readonly counts = { entries: 0, files: 0, bytes: 0 };
  /** Files whose setuid or setgid bits were left out. */
  withoutSetuid = 0;
  /** Entries whose attributes were left out that give rights. */
  withoutPrivileged = 0;
  readonly #options: MemberWriterOptions;
  readonly #directories: OpenDirectories;
  /** Where the files of hardlinks are. */
  readonly #linked: OpenDirectories;
  readonly #deferred = new DeferredEntries();
  #root: IndexEntry | undefined;

  constructor(options: MemberWriterOptions) {
    this.#options = options;
    this.#directories = new OpenDirectories(options.root);
    this.#linked = new OpenDirectories(options.root);
    options.metadata.clear(options.root);
  }

  /** Writes the member; `content` is that of a file. A later member takes the place of an earlier one of its name. */
  async write(member: Member, content: AsyncIterable<Buffer>): Promise<void> {
    const { path, type } = member;
    if (path === ROOT_PATH) this.#setRoot(member);
    else if (type === "directory") this.#directory(path, member);
    else if (type === "symlink") this.#symlink(path, this.#entryOf(member));
    else if (type === "hardlink") this.#hardlink(member);
    else if (type !== "file" && type !== "unknown") this.#special(path, this.#entryOf(member));
    else await this.#file(member, content);
    this.counts.entries += 1;
  }

  /** Makes the symlinks, then sets what the directories shall be. */
  finish(): void {
    const { metadata } = this.#options;
    for (const { path, entry } of this.#deferred.symlinks()) {
      if (entry === undefined) continue;
      const at = this.#at(path);
      fs.symlinkSync(toFsPath(rawTarget(entry)), toFsPath(at));
      metadata.ofSymlink(at, entry);
    }
    for (const { path, entry } of this.#deferred.directories()) {
      // The directory itself, whatever has its name by now.
      const at = this.#directories.at(this.#enter(path), ".");
      if (entry === undefined) fs.chmodSync(toFsPath(at), 0o755);
      else metadata.ofDirectory(at, entry);
    }
    const root = this.#directories.at(this.#enter(ROOT_PATH), ".");
    if (this.#root === undefined) fs.chmodSync(toFsPath(root), 0o755);
    else metadata.ofDirectory(root, this.#root);
  }

  close(): void {
    this.#directories.close();
    this.#linked.close();
    this.#deferred.close();
  }

  #setRoot(member: Member): void {
    if (member.type !== "directory") throw this.#unsafe(member.path, "is the root, and no directory");
    this.#root = this.#entryOf(member);
  }

  #directory(path: string, member: Member): void {
    const parent = this.#enter(parentOf(path));
    const at = toFsPath(this.#directories.at(parent, nameOf(path)));
    if (fs.lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) {
      this.#clear(path);
      fs.mkdirSync(at, { mode: 0o700 });
    }
    this.#deferred.put({ kind: "directory", path, entry: this.#entryOf(member) });
  }

  #symlink(path: string, entry: IndexEntry): void {
    this.#clear(path);
    this.#deferred.put({ kind: "symlink", path, entry });
  }

  async #file(member: Member, content: AsyncIterable<Buffer>): Promise<void> {
    const { path, size } = member;
    this.#clear(path);
    const fd = fs.openSync(toFsPath(this.#at(path)), CREATE, 0o600);
    try {
      let end = 0;
      for await (const { position, bytes } of placed(content, member.sparse)) {
        const endsInHole = writeWithHoles(fd, bytes, position);
        end = endsInHole ? 0 : position + bytes.length;
      }
      if (end < size) fs.ftruncateSync(fd, size);
      this.counts.bytes += size;
      this.#options.metadata.ofFile(fd, this.#entryOf(member));
    } finally {
      fs.closeSync(fd);
    }
    this.counts.files += 1;
  }

  #special(path: string, entry: IndexEntry): void {
    this.#clear(path);
    const at = this.#at(path);
    if (this.#options.specials.make(at, entry)) this.#options.metadata.ofSpecial(at, entry);
  }

  #hardlink({ path, target }: Member): void {
    if (path === target) return;
    const linked = this.#deferred.get(target);
    if (linked?.kind === "symlink" && linked.entry !== undefined) {
      return this.#symlink(path, { ...linked.entry, ...pathFields(path) });
    }
    const above = this.#linked.enter(parentOf(target));
    const original = above === undefined ? undefined : toFsPath(this.#linked.at(above, nameOf(target)));
    const stats = original === undefined ? undefined : fs.lstatSync(original, { throwIfNoEntry: false });
    if (original === undefined || stats?.isFile() !== true) {
      const why = `it is a hardlink to ${printable(target)}, which is not among the files before it`;
      return this.#options.warn(`${printable(path)} was left out: ${why}`);
    }
    this.#clear(path);
    fs.linkSync(original, toFsPath(this.#at(path)));
  }

  /** Makes room for an entry of that path, as a later member does. */
  #clear(path: string): void {
    const at = toFsPath(this.#at(path));
    const stats = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) this.#removeDirectory(path, at);
    else if (stats !== undefined) fs.unlinkSync(at);
    this.#deferred.forget(path);
  }

  #removeDirectory(path: string, at: string | Buffer): void {
    const notEmpty = "replaces a directory that holds something";
    if (this.#deferred.holdsBelow(path)) throw this.#unsafe(path, notEmpty);
    this.#linked.leave(path);
    try {
      fs.rmdirSync(at);
    } catch (error) {
      throw errnoOf(error) === "ENOTEMPTY" ? this.#unsafe(path, notEmpty) : error;
    }
  }

  /** Where the entry is reached, its directory opened or made. */
  #at(path: string): string {
    return this.#directories.at(this.#enter(parentOf(path)), nameOf(path));
  }

  #enter(path: string): OpenDirectory {
    const opened = this.#directories.enter(path, (missing) => {
      if (this.#deferred.get(missing) !== undefined) return false;
      this.#deferred.put({ kind: "directory", path: missing, entry: undefined });
      return true;
    });
    if (opened !== undefined) return opened;
    throw this.#unsafe(path, "has entries below it, but is a symlink or a file");
  }

  #entryOf(member: Member): IndexEntry {
    const { type, mode, target, size, uid, gid, path, mtimeNs, device } = member;
    const isDevice = type === "character-device" || type === "block-device";
    const xattrs = this.#xattrsOf(member);
    const keepsMode = type === "directory" || this.#options.keepSetuid || (mode & SET_ID) === 0;
    if (!keepsMode) this.withoutSetuid += 1;
    const mtime = formatTimestamp(mtimeNs);
    return {
      ...pathFields(path),
      type: type === "unknown" ? "file" : type,
      ...{ size, uid, gid, mtime, ctime: mtime, inode: "0" },
      mode: keepsMode ? mode : mode & ~SET_ID,
      ...(type === "symlink" && targetFields(target)),
      ...(isDevice && { device }),
      ...(xattrs !== undefined && { xattrs }),
    };
  }

  /** Without what would give rights to whoever runs the file, or change what the system thinks of it. */
  #xattrsOf({ xattrs }: Member): XattrFields | undefined {
    if (xattrs === undefined || this.#options.keepSetuid) return xattrs;
    const kept = Object.entries(xattrs).filter(([name]) => HARMLESS.test(name));
    if (kept.length < Object.keys(xattrs).length) this.withoutPrivileged += 1;
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }

  #unsafe(path: string, why: string): HoldfastError {
    return unsafe(this.#options.archive, `${printable(path)} ${why}`);
  }
}

function pathFields(path: string): Pick<IndexEntry, "path" | "pathBytes"> {
  const { text, bytes } = toText(path);
  return bytes === undefined ? { path: text } : { path: text, pathBytes: bytes };
}

function targetFields(target: string): Pick<IndexEntry, "target" | "targetBytes"> {
  const { text, bytes } = toText(target);
  return bytes === undefined ? { target: text } : { target: text, targetBytes: bytes };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
