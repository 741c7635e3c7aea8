/** Recipients and identities of age as they stand in files. */
import { messageOf } from "../../domain/errors.ts";
import { keyFileError, keyLines, readKeyFile } from "../key-file.ts";

/** Throws `usage` for what is no recipient, naming the line. */
export async function readRecipients(path: string): Promise<string[]> {
  const what = "the recipients file";
  const lines = keyLines(await readKeyFile(path, what));
  if (lines.length === 0) throw keyFileError(path, what, "it names no recipient");
  const { Encrypter } = await import("age-encryption");
  for (const line of lines) {
    try {
      new Encrypter().addRecipient(line);
    } catch (error) {
      throw keyFileError(path, what, `${line} is no recipient (${messageOf(error)})`, error);
    }
  }
  return lines;
}

/** Identities as `age-keygen` writes them. Throws `usage` for anything else, never with its text. */
export async function readIdentities(path: string): Promise<string[]> {
  const what = "the identity file";
  const text = await readKeyFile(path, what);
  if (/^age-encryption\.org|^-----BEGIN AGE/.test(text))
    throw keyFileError(path, what, "it is encrypted itself: decrypt it first, by `age -d`");
  const lines = keyLines(text);
  if (lines.length === 0) throw keyFileError(path, what, "it holds no identity");
  const { Decrypter } = await import("age-encryption");
  for (const [at, line] of lines.entries()) {
    try {
      new Decrypter().addIdentity(line);
    } catch {
      const why = `what its line ${at + 1} (without comments) holds is no AGE-SECRET-KEY-1… of age-keygen`;
      throw keyFileError(path, what, why);
    }
  }
  return lines;
}
