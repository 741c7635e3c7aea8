/** Turns what the operating system says about a file into the error that the Store port promises. */
import { statfs } from "node:fs/promises";
import { HoldfastError } from "../../domain/errors.ts";
import type { ErrorCode, ErrorFacts } from "../../domain/errors.ts";

type Verdict = { code: ErrorCode } & Pick<ErrorFacts, "why" | "next" | "transient">;

/** `what` starts the sentence, e.g. "Writing local:a/b"; `root` is the store's directory. */
export async function fileError(error: unknown, what: string, root: string): Promise<HoldfastError> {
  if (error instanceof HoldfastError) return error;
  const { code: errno = "", message } = error as NodeJS.ErrnoException;
  const { code, ...facts } = isFull(errno) ? await fullDisk(root, errno) : verdict(errno, message, root);
  return new HoldfastError(code, { what, cause: error, ...facts });
}

/** The store's own directory is missing: everything would look empty, so it is never taken for an empty store. */
export function missingRoot(what: string, root: string): HoldfastError {
  return new HoldfastError("store", {
    what,
    why: `the store's directory ${root} does not exist`,
    next: "check that the volume or disk is mounted there",
  });
}

/** The code of an operating system error, or an empty string. */
export function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}

function isFull(errno: string): boolean {
  return errno === "ENOSPC" || errno === "EDQUOT";
}

async function fullDisk(root: string, errno: string): Promise<Verdict> {
  const space = await freeSpace(root);
  const of = space === undefined ? "" : ` (${space.freeBytes} of ${space.totalBytes} bytes are free)`;
  const why = errno === "EDQUOT" ? `the disk quota of ${root} is used up` : `the disk of ${root} is full`;
  return { code: "no-space", why: `${why}${of}`, next: "free space, enlarge the disk or keep fewer points" };
}

async function freeSpace(root: string): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
  try {
    return await readSpace(root);
  } catch {
    return undefined;
  }
}

/** Free means free for us: what is reserved for root is left out. */
export async function readSpace(root: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(root);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

const TRANSIENT = new Set(["EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ENOMEM", "ESTALE", "ETIMEDOUT"]);

function verdict(errno: string, message: string, root: string): Verdict {
  switch (errno) {
    case "EACCES":
    case "EPERM":
      return {
        code: "store",
        why: `permission was denied under ${root}`,
        next: "give the user that runs Holdfast access to it",
      };
    case "EROFS":
      return { code: "store", why: `${root} is mounted read-only`, next: "mount it read-write" };
    case "ENOTDIR":
      return { code: "store", why: `a file stands where a folder is needed under ${root}` };
    case "EIO":
      return {
        code: "store",
        why: `the disk of ${root} reported an input/output error`,
        next: "check the disk",
      };
    default:
      return { code: "store", why: message, transient: TRANSIENT.has(errno) };
  }
}
