/** What is wrong with an archive that is not known to be ours, and names of its members that are safe to print. */
import { HoldfastError } from "../../domain/errors.ts";
import { toText } from "../byte-path.ts";
import { entryError } from "../restore/entry-error.ts";

/** Its bytes are not those of a whole archive. */
export function unreadable(archive: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError("damaged", {
    what: `Reading ${archive}`,
    why,
    next: "fetch the archive again or take another copy",
    cause,
  });
}

/** It was cut off, within what `where` names. */
export function cutOff(archive: string, where: string): HoldfastError {
  return unreadable(archive, `it was cut: it ends within ${where}`);
}

/** It could be read, but not safely. */
export function unsafe(
  archive: string,
  why: string,
  next = "restore it only if you trust it, with tar",
): HoldfastError {
  return new HoldfastError("refused", { what: `Restoring ${archive}`, why, next });
}

/** It holds what this version does not read; `next` says who does. */
export function unknownFormat(archive: string, why: string, next: string): HoldfastError {
  return new HoldfastError("unsupported", { what: `Reading ${archive}`, why, next });
}

/** What the file system says of one member. */
export function memberError(path: string, error: unknown): HoldfastError {
  return entryError(printable(path), error);
}

const SHOWN_CHARACTERS = 200;

/** A byte path for a message: short, and without anything that a terminal would obey. */
export function printable(path: string): string {
  const text = toText(path).text.replace(
    // eslint-disable-next-line no-control-regex -- exactly these must not reach a terminal
    /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
