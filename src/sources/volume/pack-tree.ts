/**
 * Walks a directory and packs what is selected: depth-first, names in byte order, never through a symlink. Synchronous,
 * because five asynchronous hops for each of a million small files would cost more than the files; it runs in a worker.
 */
import type { BigIntStats } from "node:fs";

import { toFsPath, toText } from "../../archive/byte-path.ts";
import type { EntryStats, PackedContent } from "../../archive/index-line.ts";
import { Reach } from "../../archive/reach.ts";
import type { TreePacker } from "../../archive/tree-packer.ts";
import type { EntryAt } from "../../archive/xattrs/xattr-calls.ts";
import type { XattrReader } from "../../archive/xattrs/xattr-reader.ts";
import { isOlder, isUnseen, type AgeLimit } from "./age-limit.ts";
import type { AskFate, DatabaseMembers, FoundDatabase, StagedMember } from "./databases/database-fate.ts";
import { kindOfFile } from "./databases/database-kind.ts";
import { hasSideFile, SideFiles } from "./databases/side-files.ts";
import { openStaged } from "./databases/staged-file.ts";
import { withXattrs } from "./entry-xattrs.ts";
import { HardlinkTable } from "./hardlink-table.ts";
import type { HoleSeeker } from "./hole-seeker.ts";
import type { Earlier, EarlierContents } from "./incremental/earlier-contents.ts";
import { readDigest, sameMoment } from "./incremental/read-digest.ts";
import { PackReport } from "../pack-report.ts";
import { packFile } from "./pack-file.ts";
import type { Selection } from "../selection.ts";
import type { Directory } from "./walked-directory.ts";
import { specialOf } from "./special-of.ts";
import { isDirectoryAt, listNames, OPEN_FLAGS, type TreeFs } from "./tree-fs.ts";
import { silentChange, warningOf } from "./walk-warning.ts";

export interface PackTreeOptions {
  /** Byte string, absolute. */
  root: string;
  selection: Selection;
  /** Other file systems that are mounted in it are left out; their mount points are packed as empty directories. */
  oneFileSystem?: boolean | undefined;
  /** Nothing that is older is taken. */
  ageLimit?: AgeLimit | undefined;
  packer: TreePacker;
  fs: TreeFs;
  report: PackReport;
  /** Absent where the platform has no extended attributes. */
  xattrs?: XattrReader | undefined;
  /** Absent where the platform does not tell of holes, which then are read. */
  holes?: HoleSeeker | undefined;
  /** What earlier points hold; without it everything is packed. */
  earlier?: Pick<EarlierContents, "find"> | undefined;
  /** Of each database that is met; without it they are files like any other. */
  askFate?: AskFate | undefined;
}

/** Packs the whole tree; only trouble with the root itself throws. */
export function packTree(options: PackTreeOptions): void {
  const stats = options.fs.statSync(toFsPath(options.root), { bigint: true });
  const root: Directory = { path: "", stats, parent: undefined, packed: false, included: false };
  const names = listNames(options.fs, options.root);
  const walk = new TreeWalk(options);
  walk.packDirectory(root);
  walk.entries(root, names);
  walk.close();
  options.packer.finish();
}

class TreeWalk {
  readonly #options: PackTreeOptions;
  readonly #hardlinks = new HardlinkTable();
  readonly #sides = new SideFiles();
  readonly #reach: Reach;

  constructor(options: PackTreeOptions) {
    this.#options = options;
    this.#reach = new Reach(options.root);
  }

  close(): void {
    this.#reach.close();
  }

  entries(directory: Directory, names: string[]): void {
    // Not for…of: what was captured with a database joins the names behind it.
    for (let at = 0; at < names.length; at += 1) {
      const name = names[at] ?? "";
      const path = directory.path === "" ? name : `${directory.path}/${name}`;
      this.#entry(directory, path);
      this.#sides.join(path, names);
    }
  }

  packDirectory(directory: Directory): void {
    if (directory.packed) return;
    if (directory.parent !== undefined) this.packDirectory(directory.parent);
    directory.packed = true;
    const path = directory.path === "" ? "." : directory.path;
    this.#options.packer.directory(path, this.#complete(path, directory.stats));
    this.#options.report.count("directories");
  }

  #entry(directory: Directory, path: string): void {
    const side = this.#sides.take(path);
    try {
      if (side !== undefined && side !== "unwanted") return this.#sideFile(directory, path, side);
      // A directory that is called as a side file would be is none.
      if (side === "unwanted" && !isDirectoryAt(this.#options.fs, this.#absolute(path))) return;
      const stats = this.#options.fs.lstatSync(this.#absolute(path), { bigint: true });
      const isDirectory = stats.isDirectory();
      const { selection } = this.#options;
      if (selection.excludes(path, isDirectory)) return;
      const included = directory.included || selection.includes(path, isDirectory);
      if (isDirectory) this.#directory({ path, stats, parent: directory, packed: false, included });
      else if (included && !this.#isOlder(path, stats)) this.#leaf(directory, path, stats);
    } catch (error) {
      this.#warn(path, error);
    }
  }

  #directory(directory: Directory): void {
    if (directory.included && !this.#isOlder(directory.path, directory.stats)) this.packDirectory(directory);
    const { fs, oneFileSystem, report } = this.#options;
    if (oneFileSystem === true && directory.stats.dev !== directory.parent?.stats.dev)
      return report.countMountPoint();
    this.entries(directory, listNames(fs, this.#reach.at(directory.path)));
  }

  /** A directory that is itself too old is packed with the first entry in it that is not. */
  #isOlder(path: string, stats: BigIntStats): boolean {
    const { ageLimit, fs, report } = this.#options;
    const pathOf = (suffix: string) => this.#absolute(path + suffix);
    if (ageLimit === undefined || !isOlder(ageLimit, stats, { fs, pathOf })) return false;
    if (!stats.isDirectory()) report.countOlder(path, isUnseen(ageLimit, stats));
    return true;
  }

  #leaf(directory: Directory, path: string, stats: BigIntStats): void {
    const { report } = this.#options;
    if (stats.isFile()) return this.#file(directory, path, stats);
    if (stats.isSymbolicLink()) return this.#symlink(directory, path, stats);
    // A socket lives only as long as the program that made it, and that makes it again.
    if (stats.isSocket()) return report.countSocket();
    const special = specialOf(stats);
    if (special === undefined) return this.#replaced(path);
    this.packDirectory(directory);
    this.#options.packer.special(path, this.#complete(path, stats), ...special);
    report.count("specials");
  }

  #symlink(directory: Directory, path: string, stats: BigIntStats): void {
    const target = this.#options.fs.readlinkSync(this.#absolute(path), { encoding: "latin1" });
    this.packDirectory(directory);
    this.#options.packer.symlink(path, this.#complete(path, stats), target);
    this.#options.report.count("symlinks");
  }

  #file(directory: Directory, path: string, stats: BigIntStats): void {
    const first = this.#hardlinks.find(stats);
    if (first !== undefined) {
      this.packDirectory(directory);
      // The content is that of then: who trusts this name later must not take what was written since for it.
      stats.ctimeNs = first.ctimeNs;
      this.#options.packer.hardlink(path, this.#complete(path, stats), first.path, first.content);
      this.#options.report.count("hardlinks");
      return;
    }
    const earlier = this.#options.earlier?.find(path, stats);
    const packed =
      earlier?.likeness === "certain"
        ? { content: this.#refer(directory, path, this.#complete(path, stats), earlier), stats }
        : this.#content(directory, path, stats, earlier);
    if (packed === undefined) return;
    this.#hardlinks.remember(packed.stats, { path, content: packed.content });
    this.#options.report.count("files");
  }

  #content(
    directory: Directory,
    path: string,
    listed: BigIntStats,
    earlier: Earlier | undefined,
  ): { content: PackedContent; stats: BigIntStats } | undefined {
    const { fs, packer, report, holes } = this.#options;
    const fd = fs.openSync(this.#absolute(path), OPEN_FLAGS);
    try {
      const stats = fs.fstatSync(fd, { bigint: true });
      if (!stats.isFile()) return this.#replaced(path);
      const found = this.#database(path, fd, stats);
      const isAlone = found === undefined || !this.#hasSideFiles(found);
      if (earlier !== undefined && isAlone && sameMoment(listed, stats)) {
        const sha256 = readDigest(fs, { fd, stats, holes });
        if (sha256 === earlier.content.sha256) {
          const complete = this.#complete(path, stats, fd);
          return { content: this.#refer(directory, path, complete, earlier), stats };
        }
        const isHidden = sha256 !== undefined && earlier.likeness === "expected" && found === undefined;
        if (isHidden) report.warn(silentChange(path, earlier));
      }
      const members = found && this.#membersOf(found);
      if (members === "left-out") return undefined;
      if (members !== undefined) return this.#captured(directory, path, members, { fd, stats, earlier });
      this.packDirectory(directory);
      const complete = this.#complete(path, stats, fd);
      return { content: packFile({ path, fd, stats: complete, fs, packer, report, holes }), stats };
    } finally {
      fs.closeSync(fd);
    }
  }

  #database(path: string, fd: number, stats: BigIntStats): FoundDatabase | undefined {
    const { fs, askFate } = this.#options;
    const kind = askFate && kindOfFile(fs, { fd, stats });
    return kind && { path, kind };
  }

  /** Undefined: it is a file like any other. */
  #membersOf(found: FoundDatabase): DatabaseMembers | "left-out" | undefined {
    const fate = this.#options.askFate?.(found) ?? { as: "plain" };
    if (fate.as === "plain") return undefined;
    this.#sides.claim(found, fate.as === "staged" ? fate.members.slice(1) : []);
    return fate.as === "staged" ? fate.members : "left-out";
  }

  /** `live` is the main file, open. */
  #captured(
    directory: Directory,
    path: string,
    [main]: DatabaseMembers,
    live: { fd: number; stats: BigIntStats; earlier: Earlier | undefined },
  ): { content: PackedContent; stats: BigIntStats } {
    const { xattrs } = this.#complete(path, live.stats, live.fd);
    const content = this.#staged(directory, path, main, { xattrs, earlier: live.earlier });
    return { content, stats: Object.assign(live.stats, { ctimeNs: main.stats.ctimeNs }) };
  }

  #hasSideFiles({ path, kind }: FoundDatabase): boolean {
    return hasSideFile(this.#options.fs, kind, (suffix) => this.#absolute(path + suffix));
  }

  #sideFile(directory: Directory, path: string, member: StagedMember): void {
    const earlier = this.#options.earlier?.find(path, member.stats);
    this.#staged(directory, path, member, { xattrs: undefined, earlier });
    this.#options.report.count("files");
  }

  /** From the copy, which is removed. */
  #staged(
    directory: Directory,
    path: string,
    member: StagedMember,
    { xattrs, earlier }: { xattrs: EntryStats["xattrs"]; earlier: Earlier | undefined },
  ): PackedContent {
    const { packer, report, holes } = this.#options;
    const copy = openStaged(member);
    try {
      const { fs, fd, stats } = copy;
      const metadata: EntryStats = { ...member.stats, size: stats.size, xattrs };
      const isSame = (content: PackedContent): boolean =>
        content.size === Number(stats.size) && readDigest(fs, { fd, stats, holes }) === content.sha256;
      if (earlier !== undefined && isSame(earlier.content))
        return this.#refer(directory, path, metadata, earlier);
      this.packDirectory(directory);
      return packFile({ path, fd, stats, metadata, fs, packer, report, holes });
    } finally {
      copy.remove();
    }
  }

  /** With what the stats do not tell. */
  #complete(path: string, stats: BigIntStats, at?: EntryAt): BigIntStats & EntryStats {
    const { xattrs: reader, report } = this.#options;
    return withXattrs(stats, { path, at: at ?? this.#reach.at(path), reader, report });
  }

  /** An index line alone: the bytes are in an earlier point. */
  #refer(
    directory: Directory,
    path: string,
    complete: EntryStats,
    { content, likeness, line }: Earlier,
  ): PackedContent {
    const { packer, report } = this.#options;
    this.packDirectory(directory);
    if (line !== undefined && complete.xattrs === undefined) packer.repeatLine(line);
    else packer.describeFile(path, complete, content);
    report.countEarlier(content, likeness !== "certain");
    return content;
  }

  #replaced(path: string): undefined {
    const message = `${toText(path).text} stopped being a file before it was read`;
    this.#options.report.warn({ path: toText(path).text, problem: "vanished", message });
  }

  #warn(path: string, error: unknown): void {
    this.#options.report.warn(warningOf(path, error));
  }

  #absolute(path: string): string | Buffer {
    return toFsPath(this.#reach.at(path));
  }
}
