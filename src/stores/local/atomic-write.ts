/**
 * The one crash-safe way to make a file: a temporary name in the same folder, the bytes, fsync, a create-only link (or
 * a rename, to replace), fsync of the folders. At every moment the target is absent or whole; once it resolves, the
 * target survives a power cut. On an error nothing is left behind.
 */
import { constants } from "node:fs";
import { link, lstat, mkdir, open, rename, rmdir, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import { errnoOf, missingRoot } from "./file-error.ts";
import { writeAll } from "./write-all.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** How often a folder that a concurrent delete removes from under us is made again. */
const MAX_FOLDER_ATTEMPTS = 100;

export interface AtomicWrite {
  /** What is going on, for messages. */
  what: string;
  /** Must exist; the folders below it are made. */
  root: string;
  /** Absolute path below the root. */
  target: string;
  /** Name for the temporary file, unique. */
  tempName: string;
  replace: boolean;
  signal: AbortSignal | undefined;
}

export interface WrittenFile {
  size: number;
  modifiedAt: number;
}

/** Errors of the file system come raw, with their errno; those of the body come unchanged as well. */
export async function writeAtomically(
  body: AsyncIterable<Uint8Array>,
  request: AtomicWrite,
): Promise<WrittenFile> {
  if (!request.replace) await assertAbsent(request);
  const folder = dirname(request.target);
  const temp = join(folder, request.tempName);
  try {
    const handle = await openInFolder(temp, folder, request);
    const written = await fill(handle, body);
    if (request.signal?.aborted === true) throw cancellation(request.signal, request.what);
    await publish(temp, request);
    return written;
  } catch (error) {
    await unlinkIfThere(temp);
    await removeEmptyFolders(folder, request.root);
    throw error;
  }
}

/** Before the body is read, so that a hundred gigabytes are not written only to find the name taken. */
async function assertAbsent({ target, what }: AtomicWrite): Promise<void> {
  const found = await lstat(target).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (found?.isDirectory()) {
    throw new HoldfastError("store", { what, why: `the folder ${target} stands where the object belongs` });
  }
  if (found !== undefined) throw alreadyExists(what, target);
}

function alreadyExists(what: string, target: string, cause?: unknown): HoldfastError {
  return new HoldfastError("already-exists", { what, why: `${target} is there already`, cause });
}

async function openInFolder(temp: string, folder: string, request: AtomicWrite): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  for (let attempt = 1; ; attempt++) {
    try {
      await makeFolders(folder, request);
      return await open(temp, flags, FILE_MODE);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" || attempt === MAX_FOLDER_ATTEMPTS) throw error;
    }
  }
}

/** Segment by segment, because a recursive mkdir would make a missing root, too. */
async function makeFolders(folder: string, { root, what }: AtomicWrite): Promise<void> {
  for (const path of foldersDownTo(folder, root)) {
    try {
      await mkdir(path, FOLDER_MODE);
    } catch (error) {
      if (errnoOf(error) === "ENOENT" && dirname(path) === root) throw missingRoot(what, root);
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}

/** The folders below the root on the way to `folder`, outermost first. */
function foldersDownTo(folder: string, root: string): string[] {
  const segments = relative(root, folder).split(sep).filter(Boolean);
  return segments.map((_, index) => join(root, ...segments.slice(0, index + 1)));
}

/** Writes and syncs the whole body, and closes the file whatever happens. */
async function fill(handle: FileHandle, body: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  try {
    const size = await writeAll(handle, body);
    await handle.sync();
    const { mtimeMs } = await handle.stat();
    return { size, modifiedAt: Math.floor(mtimeMs) };
  } finally {
    await handle.close();
  }
}

async function publish(temp: string, request: AtomicWrite): Promise<void> {
  const { root, target } = request;
  if (request.replace) {
    await rename(temp, target);
    return syncFolders(dirname(target), root);
  }
  await linkCreateOnly(temp, request);
  try {
    await unlink(temp);
    await syncFolders(dirname(target), root);
  } catch (error) {
    await unlinkIfThere(target);
    throw error;
  }
}

/** link(2) fails when the target exists, rename(2) would silently replace it. */
async function linkCreateOnly(temp: string, { target, what, root }: AtomicWrite): Promise<void> {
  try {
    await link(temp, target);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") throw alreadyExists(what, target, error);
    if (errno !== "EPERM" && errno !== "ENOTSUP" && errno !== "ENOSYS") throw error;
    throw new HoldfastError("unsupported", {
      what,
      why: `the file system of ${root} has no hard links, which writing without overwriting needs`,
      next: "use one that has them, such as ext4, xfs, btrfs, zfs or NFS",
      cause: error,
    });
  }
}

/**
 * From the folder up to the root, whoever made them: another writer may have made one an instant ago and not have
 * synced it yet.
 */
async function syncFolders(folder: string, root: string): Promise<void> {
  for (const path of foldersDownTo(folder, root).reverse()) await syncFolder(path);
  await syncFolder(root);
}

/** Some network and FUSE file systems cannot sync a folder; they have made the change durable by themselves. */
const CANNOT_SYNC = new Set(["EINVAL", "ENOTSUP", "ENOSYS", "EISDIR", "EBADF"]);

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(errnoOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** From the folder upwards while they are empty, never the root. Best effort: an empty folder is no object. */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (const path of foldersDownTo(folder, root).reverse()) {
    try {
      await rmdir(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") return;
    }
  }
}

/** While an error is on its way: a second one must not hide it, and removeLeftovers finds what stays. */
async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}
