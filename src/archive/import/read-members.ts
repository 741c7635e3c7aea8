/** The members of a tar that anybody may have written: strictly read, in bounded memory, names as byte strings. */
import { paddedSize } from "../tar-header.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { Device } from "../device-number.ts";
import type { SpecialType } from "../index-entry.ts";
import type { XattrFields } from "../xattrs/xattrs.ts";
import { cutOff, printable, unreadable, unsafe } from "./import-error.ts";
import { MAX_EXTENSION_BYTES, MAX_TARGET_BYTES, type Budget } from "./limits.ts";
import { readMemberName } from "./member-name.ts";
import { hasTextAclOnly, isXattrKey, memberXattrs } from "./member-xattrs.ts";
import { parsePaxNumber, parsePaxRecords, parsePaxTime, SPARSE_MAP, type PaxRecords } from "./pax-records.ts";
import { BLOCK, parseHeader, type TarHeader } from "./read-header.ts";
import {
  leadingParts,
  oldParts,
  oldSize,
  sparseMap,
  sparseNumber,
  sparseNumbers,
  type SparseMap,
} from "./sparse-map.ts";

export interface Member {
  /** Byte path. */
  path: string;
  type: "file" | "directory" | "symlink" | "hardlink" | SpecialType | "unknown";
  /** Of the file; what follows is less where it is sparse. */
  size: number;
  /** Where what follows belongs, unless it is all of the file. */
  sparse: SparseMap | undefined;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  /** Of a symlink: its text. Of a hardlink: a byte path. */
  target: string;
  device: Device;
  xattrs: XattrFields | undefined;
  /** It has ACLs that cannot be read here. */
  hasTextAcl: boolean;
  wasAbsolute: boolean;
}

const TYPES: Partial<Record<string, Member["type"]>> = {
  "0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  S: "file",
};

const NANOSECONDS = 1_000_000_000n;
/** The largest stands for "leave as it is" in the kernel's calls. */
const MAX_ID = 2n ** 32n - 2n;
/** Seconds: some three million years both ways. */
const MAX_TIME = 10n ** 14n;
/** What may follow a tar's end, as tars are written in records: more than the largest record of GNU tar by default. */
const MAX_TRAILER = 1024 * 1024;

export class MemberReader {
  readonly warnings: string[] = [];
  readonly #input: ByteQueue;
  readonly #archive: string;
  readonly #budget: Budget;
  #position = 0;
  /** Of the content of the last member that was not read yet, with its padding. */
  #unread = 0;
  #padding = 0;
  #lastPath = "";
  readonly #global = new Map<string, string>();

  constructor(tar: AsyncIterable<Uint8Array>, { archive, budget }: { archive: string; budget: Budget }) {
    this.#input = new ByteQueue(tar);
    this.#archive = archive;
    this.#budget = budget;
  }

  /** The next member; undefined after the last. What was not read of the one before is left out. */
  async next(): Promise<Member | undefined> {
    await this.#skip(this.#unread + this.#padding, `the content of ${printable(this.#lastPath)}`);
    this.#unread = 0;
    this.#padding = 0;
    let extension: Extension = { records: new Map() };
    for (;;) {
      const at = { archive: this.#archive, position: this.#position };
      const header = parseHeader(await this.#nextBlock(), at);
      if (header === undefined) return this.#end(extension);
      const extended = await this.#readExtension(header, extension);
      if (extended === undefined) return this.#member(header, extension);
      this.#budget.extension();
      extension = extended;
    }
  }

  /** The content of the last member, once. */
  async *content(): AsyncGenerator<Buffer> {
    while (this.#unread > 0) {
      const bytes = await this.#input.some(this.#unread);
      if (bytes === undefined) throw cutOff(this.#archive, `the content of ${printable(this.#lastPath)}`);
      this.#position += bytes.length;
      this.#unread -= bytes.length;
      yield bytes;
    }
  }

  async close(): Promise<void> {
    await this.#input.close();
  }

  async #nextBlock(): Promise<Buffer> {
    const block = await this.#input.upTo(BLOCK);
    if (block.length === 0) {
      throw unreadable(this.#archive, "it was cut: it does not end in blocks of zeros, as every tar does");
    }
    this.#position += block.length;
    return block;
  }

  /** Undefined for a header that is a member's own. */
  async #readExtension(header: TarHeader, before: Extension): Promise<Extension | undefined> {
    const { typeFlag, size } = header;
    if (!["x", "g", "L", "K"].includes(typeFlag)) return undefined;
    if (size > MAX_EXTENSION_BYTES) {
      throw unsafe(this.#archive, `a header of ${size} bytes extends another one at byte ${this.#position}`);
    }
    const bytes = await this.#input.upTo(paddedSize(size));
    if (bytes.length < paddedSize(size)) throw cutOff(this.#archive, "an extended header");
    const where = this.#position;
    this.#position += bytes.length;
    const value = bytes.subarray(0, size);
    if (typeFlag === "L") return { ...before, name: untilZero(value) };
    if (typeFlag === "K") return { ...before, linkName: untilZero(value) };
    const records = parsePaxRecords(value);
    if (records === undefined) throw unreadable(this.#archive, `its pax header at byte ${where} is damaged`);
    if (typeFlag === "x") return { ...before, records };
    this.#addGlobal(records);
    return before;
  }

  /** What is the same for all members that follow: never a name or a size, which readers would disagree about. */
  #addGlobal(records: PaxRecords): void {
    const evil = ["path", "linkpath", "size"].find((key) => records.has(key));
    if (evil !== undefined) throw unsafe(this.#archive, `a pax header gives every member the same ${evil}`);
    for (const key of ["uid", "gid", "mtime"]) {
      const value = records.get(key);
      if (value !== undefined) this.#global.set(key, value);
    }
  }

  async #member(header: TarHeader, extension: Extension): Promise<Member> {
    this.#budget.member();
    const records = new Map([...this.#global, ...extension.records]);
    for (const [key, value] of records) if (value === "" && !isXattrKey(key)) records.delete(key);
    const name = records.get("GNU.sparse.name") ?? records.get("path") ?? extension.name ?? header.name;
    const type = typeOf(header, name);
    const read = readMemberName(name);
    if (typeof read === "string") throw unsafe(this.#archive, `the name ${printable(name)} ${read}`);
    // Others have no content, whatever their size says: so every tar reads them.
    const hasContent = type === "file" || type === "unknown";
    const stored = hasContent ? this.#size(header, records, name) : 0;
    this.#unread = stored;
    this.#padding = paddedSize(stored) - stored;
    this.#lastPath = read.path;
    const sparse = await this.#sparse(header, records, name);
    const linkName = records.get("linkpath") ?? extension.linkName ?? header.linkName;
    return {
      ...read,
      type,
      size: sparse?.size ?? stored,
      sparse,
      mode: header.mode,
      uid: this.#id(records.get("uid"), header.uid, name),
      gid: this.#id(records.get("gid"), header.gid, name),
      mtimeNs: this.#time(records.get("mtime"), header.mtime, name),
      target: this.#target(type, linkName, name),
      device: header.device,
      xattrs: memberXattrs(records),
      hasTextAcl: hasTextAclOnly(records),
    };
  }

  /** Undefined for a member whose content is all there. Reads what stands between the header and the content. */
  async #sparse(header: TarHeader, records: PaxRecords, name: string): Promise<SparseMap | undefined> {
    const isOld = header.typeFlag === "S";
    const isPax =
      records.has("GNU.sparse.major") || records.has(SPARSE_MAP) || records.has("GNU.sparse.size");
    if (!isOld && !isPax) return undefined;
    const map = isOld ? await this.#oldSparse(header) : await this.#paxSparse(records);
    const why = typeof map === "string" ? map : this.#sparseProblem(map, header);
    if (why !== undefined)
      throw unreadable(this.#archive, `the sparse file ${printable(name)} is damaged: ${why}`);
    return map as SparseMap;
  }

  async #oldSparse(header: TarHeader): Promise<SparseMap | string> {
    return sparseMap(oldSize(header.block), await oldParts(header.block, () => this.#nextBlock()));
  }

  async #paxSparse(records: PaxRecords): Promise<SparseMap | string> {
    if (records.get("GNU.sparse.major") === "1" && records.get("GNU.sparse.minor") === "0") {
      const leading = await leadingParts(this.#input, this.#unread);
      if (leading === undefined) return "its map is not of numbers, or longer than may be";
      this.#position += leading.read;
      this.#unread -= leading.read;
      return sparseMap(sparseNumber(records.get("GNU.sparse.realsize")), leading.parts);
    }
    const text = records.get(SPARSE_MAP) ?? "";
    return sparseMap(
      sparseNumber(records.get("GNU.sparse.size")),
      sparseNumbers(text === "" ? [] : text.split(",")),
    );
  }

  #sparseProblem(map: SparseMap, { typeFlag }: TarHeader): string | undefined {
    if (!["0", "7", "S"].includes(typeFlag)) return "it is no file";
    if (map.stored === this.#unread) return undefined;
    return `its parts are ${map.stored} bytes, and ${this.#unread} are there`;
  }

  #size(header: TarHeader, records: PaxRecords, name: string): number {
    const text = records.get("size");
    if (text === undefined) return header.size;
    const size = parsePaxNumber(text);
    if (size !== undefined && size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
    throw unreadable(this.#archive, `the size of ${printable(name)} is ${printable(text)}`);
  }

  #id(text: string | undefined, fromHeader: bigint, name: string): number {
    const id = text === undefined ? fromHeader : parsePaxNumber(text);
    if (id !== undefined && id >= 0n && id <= MAX_ID) return Number(id);
    throw unreadable(
      this.#archive,
      `the owner of ${printable(name)} is ${printable(text ?? String(fromHeader))}`,
    );
  }

  #time(text: string | undefined, fromHeader: bigint, name: string): bigint {
    const time = text === undefined ? fromHeader * NANOSECONDS : parsePaxTime(text);
    if (time !== undefined && time <= MAX_TIME * NANOSECONDS && time >= -MAX_TIME * NANOSECONDS) return time;
    throw unreadable(
      this.#archive,
      `the time of ${printable(name)} is ${printable(text ?? String(fromHeader))}`,
    );
  }

  #target(type: Member["type"], linkName: string, name: string): string {
    if (type === "symlink") {
      if (linkName !== "" && linkName.length <= MAX_TARGET_BYTES && !linkName.includes("\0")) return linkName;
      throw unsafe(this.#archive, `the symlink ${printable(name)} leads to nothing that can be`);
    }
    if (type !== "hardlink") return "";
    const target = readMemberName(linkName);
    if (typeof target !== "string") return target.path;
    throw unsafe(
      this.#archive,
      `the hardlink ${printable(name)} is to ${printable(linkName)}, which ${target}`,
    );
  }

  /** Reads on to the end of the input, so that a cut after the last member is noticed, too. */
  async #end(extension: Extension): Promise<undefined> {
    if (extension.name !== undefined || extension.linkName !== undefined || extension.records.size > 0) {
      throw unreadable(this.#archive, "it ends after a header that extends another one");
    }
    for (let length = 0; length <= MAX_TRAILER;) {
      const bytes = await this.#input.some(MAX_TRAILER);
      if (bytes === undefined) return;
      length += bytes.length;
      if (bytes.some((byte) => byte !== 0)) break;
    }
    this.warnings.push(`what follows the end of the tar in ${this.#archive} was left out`);
  }

  async #skip(length: number, where: string): Promise<void> {
    if (!(await this.#input.skip(length))) throw cutOff(this.#archive, where);
    this.#position += length;
  }
}

/** What headers in front of a member's own say of it. */
interface Extension {
  records: PaxRecords;
  name?: string;
  linkName?: string;
}

function typeOf({ typeFlag, size }: TarHeader, name: string): Member["type"] {
  const type = TYPES[typeFlag] ?? "unknown";
  // How tars older than ustar tell of a directory.
  return type === "file" && size === 0 && name.endsWith("/") ? "directory" : type;
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end === -1 ? bytes.length : end);
}
