/**
 * Decrypts files of age and messages of OpenPGP that anybody has made, from their first byte to their last: nothing is known of them
 * beforehand. What comes out is authentic only once all of it has come out, so whoever takes it must be able to throw it away.
 */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { readIdentities } from "./age/age-keys.ts";
import { passphraseIdentity } from "./age/passphrase.ts";
import { ARMOR, readSecretKeys } from "./gpg/gpg-keys.ts";
import { readKeyFile, readPassphrase } from "./key-file.ts";

export interface ForeignKeys {
  identityFiles: readonly string[];
  passphraseFile: string | undefined;
}

type Chunks = AsyncIterable<Uint8Array>;

const AGE = Buffer.from("age-encryption.org/v1");
/** A packet with a session key, for a public key or a password, in the old form and the new (RFC 9580). */
const OPENPGP = /^(84..03|85....03|8c..0[456]|c1..0[36]|c3..0[456])/;

/** What is not encrypted so passes through as it is. Throws `refused` where the keys do not open its beginning, `damaged` for what is found to be cut or altered after that. */
export async function* openForeign(
  chunks: Chunks,
  keys: ForeignKeys,
  name: string,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const { start, isDone } = await beginning(iterator);
  const whole = withStart(start, isDone ? undefined : iterator);
  if (AGE.equals(start.subarray(0, AGE.length))) yield* opened(() => openAge(whole, keys), name);
  else if (OPENPGP.test(start.subarray(0, 8).toString("hex")))
    yield* opened(() => openGpg(whole, keys), name);
  else yield* whole;
}

/** At least as much as tells what it is. */
async function beginning(iterator: AsyncIterator<Uint8Array>): Promise<{ start: Buffer; isDone: boolean }> {
  let start = Buffer.alloc(0);
  while (start.length < AGE.length) {
    const next = await iterator.next();
    if (next.done === true) return { start, isDone: true };
    start = Buffer.concat([start, next.value]);
  }
  return { start, isDone: false };
}

async function* withStart(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  if (rest === undefined) return;
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* opened(open: () => Promise<Chunks>, name: string): AsyncGenerator<Uint8Array> {
  const what = `Decrypting ${name}`;
  let content: Chunks;
  try {
    content = await open();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError("refused", {
      what,
      // Of a short one nothing tells a wrong passphrase from a changed byte.
      why: `what was given does not open it, or it is damaged (${messageOf(cause)})`,
      next: "give the right --identity FILE or --passphrase-file FILE",
      cause,
    });
  }
  try {
    yield* content;
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const why = `it is cut or altered (${messageOf(cause)})`;
    throw new HoldfastError("damaged", { what, why, next: "fetch it again or take another copy", cause });
  }
}

async function openAge(sealed: Chunks, { identityFiles, passphraseFile }: ForeignKeys): Promise<Chunks> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  if (passphraseFile !== undefined)
    decrypter.addIdentity(passphraseIdentity(await readPassphrase(passphraseFile)));
  for (const file of await those(identityFiles, { areArmored: false }))
    for (const identity of await readIdentities(file)) decrypter.addIdentity(identity);
  return decrypter.decrypt(streamOf(sealed));
}

async function openGpg(sealed: Chunks, { identityFiles, passphraseFile }: ForeignKeys): Promise<Chunks> {
  const { decrypt, readMessage } = await import("openpgp");
  const passphrase = passphraseFile === undefined ? undefined : await readPassphrase(passphraseFile);
  const files = await those(identityFiles, { areArmored: true });
  const keys = await Promise.all(files.map((file) => readSecretKeys(file, async () => passphrase ?? "")));
  const { data } = (await decrypt({
    message: await readMessage({ binaryMessage: streamOf(sealed) }),
    ...(keys.length > 0 ? { decryptionKeys: keys.flat() } : { passwords: [passphrase ?? ""] }),
    format: "binary",
    // Its digest stands at its end; who unpacks it takes nothing for good before that.
    config: { allowUnauthenticatedStream: true },
  })) as { data: unknown };
  return data as Chunks;
}

async function those(files: readonly string[], { areArmored }: { areArmored: boolean }): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => readKeyFile(file, "the identity file")));
  return files.filter((_, at) => (texts[at] ?? "").includes(ARMOR) === areArmored);
}

function streamOf(chunks: Chunks): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}
