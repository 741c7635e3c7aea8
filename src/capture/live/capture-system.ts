/** What a capture asks of the system beyond opening, reading and writing; a test puts another in its place. */
import { constants } from "node:fs";
import { copyFile, stat, statfs } from "node:fs/promises";

export interface CaptureSystem {
  /** Lets the new file share the bytes of the other; throws where the file system cannot. */
  clone(from: string, to: string): Promise<void>;
  /** Bytes that may be written there, and its device. */
  room(directory: string): Promise<{ free: bigint; dev: bigint }>;
  /** The kind of the file system that the file is on, as statfs(2) numbers them. */
  fileSystemOf(path: Buffer): Promise<bigint>;
  /** Called between the steps of a capture: a test writes to the database there. */
  between: (step: CaptureStep) => Promise<void> | void;
}

/** What has just been done. */
export type CaptureStep =
  | "opened"
  | "headers read"
  | "side files copied"
  | "main copied"
  | "side files looked at"
  | "headers looked at";

export const realSystem: CaptureSystem = {
  clone: (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL),
  async room(directory) {
    const { bavail, bsize } = await statfs(directory, { bigint: true });
    return { free: bavail * bsize, dev: (await stat(directory, { bigint: true })).dev };
  },
  fileSystemOf: async (path) => (await statfs(path, { bigint: true })).type,
  between: () => undefined,
};

/**
 * File systems of one kernel's own, whose times and sizes are never another machine's, cached: on all others what this
 * process sees need not be what the writer has written.
 */
const LOCAL = new Set([
  0xef53n, // ext2, ext3, ext4
  0x9123683en, // btrfs
  0x58465342n, // xfs
  0x2fc12fc1n, // zfs
  0xca451a4en, // bcachefs
  0xf2f52010n, // f2fs
  0x3153464an, // jfs
  0x3434n, // nilfs2
  0x52654973n, // reiserfs
  0x1021994n, // tmpfs
  0x858458f6n, // ramfs
  0x794c7630n, // overlayfs
]);

export function isLocal(fileSystem: bigint): boolean {
  return LOCAL.has(fileSystem);
}
