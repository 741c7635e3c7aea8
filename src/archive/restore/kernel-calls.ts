/** Linux calls that make a swap safe: renames that never replace, an exchange in one step, a sync of a whole file system. */
import { constants } from "node:os";
import { getSystemErrorMessage, getSystemErrorName } from "node:util";

import { loadCLibrary, type CLibrary } from "../c-library.ts";

/** Each is undefined where the platform lacks it. */
export interface KernelCalls {
  /** Resolves when all that was written to the descriptor's file system is on its disk. */
  syncFileSystem?: (fd: number) => Promise<void>;
  /** False, with nothing done, where this kernel or file system cannot. */
  rename?: (from: Buffer, to: Buffer, how: RenameHow) => boolean;
  /** Gives an empty open file the content of another, sharing its blocks; false where this file system cannot. */
  clone?: (to: number, from: number) => boolean;
  /** Locks an open file until it is closed; false when another descriptor holds it, undefined where that cannot be told. */
  lock?: (fd: number) => boolean | undefined;
}

/** `fresh` fails with EEXIST instead of replacing; `exchange` gives each the other's name, in one step. */
export type RenameHow = "fresh" | "exchange";

const AT_FDCWD = -100;
const RENAME_FLAGS: Record<RenameHow, number> = { fresh: 1, exchange: 2 };
const LOCK_EXCLUSIVE_NOW = 2 | 4;
/** FICLONE of include/uapi/linux/fs.h. */
const CLONE = 0x40049409;

const { EINVAL, ENOSYS, EOPNOTSUPP, EWOULDBLOCK } = constants.errno;

let calls: KernelCalls | undefined;

export function kernelCalls(): KernelCalls {
  calls ??= bind(loadCLibrary());
  return calls;
}

type RenameAt2 = (at: number, from: Buffer, at2: number, to: Buffer, flags: number) => number;
type AsyncCall = { async: (fd: number, done: (error: Error | null, result: number) => void) => void };

function bind(library: CLibrary | undefined): KernelCalls {
  if (library === undefined) return {};
  const syncfs = library.call<AsyncCall>("int syncfs(int)");
  const renameat2 = library.call<RenameAt2>(
    "int renameat2(int, const void *, int, const void *, unsigned int)",
  );
  const flock = library.call<(fd: number, operation: number) => number>("int flock(int, int)");
  const ioctl = library.call<(fd: number, request: number, of: number) => number>(
    "int ioctl(int, unsigned long, int)",
  );
  return {
    ...(ioctl === undefined ? {} : { clone: (to, from) => ioctl(to, CLONE, from) === 0 }),
    ...(syncfs === undefined ? {} : { syncFileSystem: (fd) => syncFileSystem(library, syncfs, fd) }),
    ...(renameat2 === undefined ? {} : { rename: (...of) => rename(library, renameat2, ...of) }),
    ...(flock === undefined ? {} : { lock: (fd) => lock(library, flock, fd) }),
  };
}

function syncFileSystem(library: CLibrary, syncfs: AsyncCall, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    syncfs.async(fd, (error, result) => {
      if (error !== null) reject(error);
      else if (result === 0) resolve();
      else reject(errnoError("syncfs", library.errno()));
    });
  });
}

function rename(library: CLibrary, renameat2: RenameAt2, from: Buffer, to: Buffer, how: RenameHow): boolean {
  const result = renameat2(AT_FDCWD, terminated(from), AT_FDCWD, terminated(to), RENAME_FLAGS[how]);
  if (result === 0) return true;
  const errno = library.errno();
  if (errno === EINVAL || errno === ENOSYS || errno === EOPNOTSUPP) return false;
  throw errnoError("rename", errno, from);
}

function lock(
  library: CLibrary,
  flock: (fd: number, operation: number) => number,
  fd: number,
): boolean | undefined {
  if (flock(fd, LOCK_EXCLUSIVE_NOW) === 0) return true;
  return library.errno() === EWOULDBLOCK ? false : undefined;
}

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.alloc(1)]);
}

/** As Node's own errors of the file system are. */
function errnoError(syscall: string, errno: number, path?: Buffer): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  const of = path === undefined ? "" : ` '${path.toString()}'`;
  const message = `${code}: ${getSystemErrorMessage(-errno)}, ${syscall}${of}`;
  return Object.assign(new Error(message), { code, errno: -errno, syscall });
}
