/** Files of keys and passphrases, read when they are needed: what is secret is in no config and stays in memory no longer than it must. */
import { readFile } from "node:fs/promises";

import { HoldfastError, messageOf } from "../domain/errors.ts";

const MAX_BYTES = 1024 * 1024;

/** `what` it holds, as "the identity file". Throws `usage` naming the file, never its text. */
export async function readKeyFile(path: string, what: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return text;
  } catch (error) {
    throw keyFileError(path, what, messageOf(error), error);
  }
}

export function keyFileError(path: string, what: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError("usage", {
    what: `Reading ${what} ${path}`,
    why,
    next: "see docs/encryption.md for what it holds",
    cause,
  });
}

/** Its lines without blank ones and those that begin with `#`. */
export function keyLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Without the line break that an editor adds. Throws `usage` for none. */
export async function readPassphrase(path: string): Promise<string> {
  const what = "the passphrase file";
  const passphrase = (await readKeyFile(path, what)).replace(/\r?\n$/, "");
  if (passphrase === "") throw keyFileError(path, what, "it is empty");
  return passphrase;
}
