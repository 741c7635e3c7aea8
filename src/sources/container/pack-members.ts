/** Packs what is selected of the members that an engine sends, as a walk of the directory would. */
import { isWithin, parentOf, ROOT_PATH, toText } from "../../archive/byte-path.ts";
import type { FilePacking } from "../../archive/file-packing.ts";
import type { EntryStats } from "../../archive/index-line.ts";
import { placed } from "../../archive/import/sparse-map.ts";
import type { Member } from "../../archive/import/read-members.ts";
import type { TreePacker } from "../../archive/tree-packer.ts";
import { fromFields } from "../../archive/xattrs/xattrs.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { PackReport } from "../pack-report.ts";
import type { Selection } from "../selection.ts";
import type { EngineTar } from "./engine-tar.ts";
import { PackedEntries, type PackedEntry } from "./packed-entries.ts";

export interface PackMembersOptions {
  tar: Pick<EngineTar, "next" | "content">;
  packer: TreePacker;
  selection: Selection;
  report: PackReport;
  /** Resolves when less than a slab may be packed. */
  step: () => Promise<void>;
}

/** More is packed in several steps. */
const STEP_BYTES = 1024 * 1024;

interface Directory {
  path: string;
  member: Member;
  /** False while nothing in it was asked for: it is packed with its first included entry. */
  packed: boolean;
  /** True when everything below it is asked for. */
  included: boolean;
}

export async function packMembers(options: PackMembersOptions): Promise<void> {
  const { tar, packer, step } = options;
  const packing = new MemberPacking(options);
  try {
    for (let member = await tar.next(); member !== undefined; member = await tar.next())
      await packing.take(member);
    await step();
    packer.finish();
  } finally {
    packing.close();
  }
}

class MemberPacking {
  readonly #options: PackMembersOptions;
  readonly #packed = new PackedEntries();
  /** From the root to the directory of the last member. */
  readonly #open: Directory[] = [];
  #excluded: string | undefined;

  constructor(options: PackMembersOptions) {
    this.#options = options;
  }

  close(): void {
    this.#packed.close();
  }

  async take(member: Member): Promise<void> {
    const { path } = member;
    if (this.#excluded !== undefined && isWithin(path, this.#excluded)) return;
    while (this.#open.length > 0 && !isWithin(path, this.#open.at(-1)?.path ?? "")) this.#open.pop();
    const isDirectory = member.type === "directory";
    if (path === ROOT_PATH) return this.#directory({ path, member, packed: false, included: false }, true);
    const parent = this.#open.at(-1);
    if (parent?.path !== parentOf(path)) throw orphan(path);
    const { selection } = this.#options;
    if (selection.excludes(path, isDirectory)) {
      if (isDirectory) this.#excluded = path;
      return;
    }
    const included = parent.included || selection.includes(path, isDirectory);
    if (isDirectory) await this.#directory({ path, member, packed: false, included }, included);
    else if (included) await this.#leaf(member);
  }

  async #directory(directory: Directory, isPacked: boolean): Promise<void> {
    this.#open.push(directory);
    if (isPacked) await this.#packDirectories();
  }

  /** Those that the last member is in, or is, as far as they are not packed yet. */
  async #packDirectories(): Promise<void> {
    const { packer, report, step } = this.#options;
    for (const directory of this.#open) {
      if (directory.packed) continue;
      directory.packed = true;
      await step();
      packer.directory(directory.path, statsOf(directory.member));
      report.count("directories");
    }
  }

  async #leaf(member: Member): Promise<void> {
    const { path, type, target, device } = member;
    if (member.hasTextAcl) this.#warn(path, "skipped", "has ACLs that the engine gives as text only");
    if (type === "unknown" || type === "directory")
      return this.#warn(path, "unreadable", "is of a type that the engine's tar does not tell");
    if (type === "file") return this.#file(member);
    if (type === "hardlink") return this.#hardlink(member);
    const isDevice = type === "character-device" || type === "block-device";
    await this.#plain(
      member,
      type === "symlink" ? { type, target } : { type, device: isDevice ? device : undefined },
    );
  }

  /** What has no content. */
  async #plain(member: Member, entry: Exclude<PackedEntry, { type: "file" }>): Promise<void> {
    const { packer, report, step } = this.#options;
    const { path } = member;
    await this.#packDirectories();
    await step();
    if (entry.type === "symlink") packer.symlink(path, statsOf(member), entry.target);
    else packer.special(path, statsOf(member), entry.type, entry.device);
    report.count(entry.type === "symlink" ? "symlinks" : "specials");
    this.#packed.remember(path, entry);
  }

  async #hardlink(member: Member): Promise<void> {
    const { packer, report, step } = this.#options;
    const { path, target } = member;
    const first = this.#packed.find(target);
    if (first === undefined) {
      const why = `is another name of ${toText(target).text}, which is left out, and the engine sends the content under that name only`;
      return this.#warn(path, "unreadable", why);
    }
    // Of these every name is an entry of its own, as in a captured volume.
    if (first.type !== "file") return this.#plain(member, first);
    await this.#packDirectories();
    await step();
    packer.hardlink(path, statsOf(member), target, first.content);
    report.count("hardlinks");
  }

  async #file(member: Member): Promise<void> {
    const { packer, report, step, tar } = this.#options;
    const { path, size, sparse } = member;
    const stats = statsOf(member);
    await this.#packDirectories();
    await step();
    const file = packer.openFile(path, stats);
    for await (const { position, bytes } of placed(tar.content(), sparse)) {
      await this.#hole(file, position);
      for (let at = 0; at < bytes.length; at += STEP_BYTES) {
        await step();
        const part = bytes.subarray(at, at + STEP_BYTES);
        file.write(part);
        report.countBytes(part.length);
      }
    }
    await this.#hole(file, size);
    await step();
    const content = file.finish();
    packer.describeFile(path, stats, content);
    report.count("files");
    this.#packed.remember(path, { type: "file", content });
  }

  async #hole(file: FilePacking, end: number): Promise<void> {
    const { report, step } = this.#options;
    while (file.position < end) {
      await step();
      const count = Math.min(end - file.position, STEP_BYTES);
      file.zeros(count);
      report.countBytes(count);
    }
  }

  #warn(path: string, problem: "skipped" | "unreadable", what: string): void {
    const { text } = toText(path);
    this.#options.report.warn({ path: text, problem, message: `${text} ${what}` });
  }
}

/** The engine tells neither inodes nor when the metadata changed. */
function statsOf({ size, mode, uid, gid, mtimeNs, xattrs }: Member): EntryStats {
  return {
    ...{ size: BigInt(size), mode: BigInt(mode), uid: BigInt(uid), gid: BigInt(gid) },
    ...{ mtimeNs, ctimeNs: mtimeNs, ino: 0n },
    ...(xattrs === undefined ? {} : { xattrs: fromFields(xattrs) }),
  };
}

function orphan(path: string): HoldfastError {
  return new HoldfastError("source", {
    what: `Packing ${toText(path).text}`,
    why: "the engine sent it without the directory that it is in",
    next: "run the job again",
    transient: true,
  });
}
