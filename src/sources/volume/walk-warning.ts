/** What a walk says of an entry that it could not take as it stood. */
import { toText } from "../../archive/byte-path.ts";
import type { CaptureWarning } from "../../domain/recovery-point.ts";
import type { Earlier } from "./incremental/earlier-contents.ts";

export function silentChange(path: string, { content: { database } }: Earlier): CaptureWarning {
  const { text } = toText(path);
  const why =
    database === undefined
      ? "a program hides its writes, or the disk is failing"
      : "as a database does that writes through a memory map";
  const message = `${text} holds other content than before although its size, times and inode are the same: ${why}; it was archived anew`;
  return { path: text, problem: "silent-change", message };
}

/** The last ones are how file systems report damage to a single file or directory. */
const UNREADABLE: ReadonlySet<string> = new Set([
  ...["EACCES", "EPERM", "EIO", "ENAMETOOLONG", "ESTALE", "ETXTBSY", "EBUSY", "EINVAL"],
  ...["EUCLEAN", "EBADMSG", "ENODATA"],
]);

/** Only what the file system says of one entry is a warning; anything else is a defect and ends the capture. */
export function warningOf(path: string, error: unknown): CaptureWarning {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const { text } = toText(path);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENXIO") {
    return {
      path: text,
      problem: "vanished",
      message: `${text} vanished or was replaced before it was read`,
    };
  }
  if (code === undefined || !UNREADABLE.has(code)) throw error;
  return {
    path: text,
    problem: "unreadable",
    message: `${text} could not be read: ${(error as Error).message}`,
  };
}
