/** Tries the encryption as `holdfast doctor` does: something is encrypted, and decrypted again where there is a key to it. */
import { randomBytes } from "node:crypto";
import { hasCode, messageOf } from "../domain/errors.ts";
import type { PointEncryption, PointObject } from "../domain/recovery-point.ts";
import type { Encryption } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import type { AppContext } from "./app-context.ts";
import type { Finding } from "./run-doctor.ts";

const about = "encryption";
const NAME = "an object made to try it";
/** More than one piece of either kind of file. */
const SIZE = 200_000;

/** Nothing where nothing is encrypted. */
export async function inspectEncryption({
  encryption,
  keys,
}: Pick<AppContext, "encryption" | "keys">): Promise<Finding[]> {
  if (encryption === undefined) return [];
  try {
    const described = await encryption.describe();
    const content = randomBytes(SIZE);
    const { stored, object } = await sealed(encryption, content);
    const how =
      described.recipients.length === 0 ? "with a passphrase" : `to ${described.recipients.join(", ")}`;
    if (!keys.mayOpen(described)) {
      const message = `What is written is encrypted ${how}, and nobody here can decrypt it: keep the identity where it is not lost with this machine.`;
      return [{ about, verdict: "ok", message }];
    }
    const reader = keys.open(readerOf(stored), { encryption: described, object });
    return [await roundTrip(reader, { content, how, described })];
  } catch (error) {
    return [{ about, verdict: "failed", message: messageOf(error) }];
  }
}

async function roundTrip(
  reader: ObjectReader,
  { content, how, described }: { content: Buffer; how: string; described: PointEncryption },
): Promise<Finding> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of reader.read()) chunks.push(Buffer.from(chunk));
    if (!Buffer.concat(chunks).equals(content)) {
      const message = `What was encrypted ${how} was decrypted to something else: do not trust it with backups.`;
      return { about, verdict: "failed", message };
    }
    return { about, verdict: "ok", message: `What is encrypted ${how} can be decrypted here.` };
  } catch (error) {
    if (!hasCode(error, "refused")) throw error;
    const next = described.recipients.length === 0 ? "" : " Points made before may still open with it.";
    return { about, verdict: "warning", message: messageOf(error) + next };
  }
}

async function sealed(
  encryption: Encryption,
  content: Buffer,
): Promise<{ stored: Buffer; object: PointObject }> {
  const chunks: Buffer[] = [];
  const sink = encryption.seal({ write: async (chunk) => void chunks.push(Buffer.from(chunk)) });
  await sink.write(Buffer.from(content));
  const facts = await sink.finish();
  const stored = Buffer.concat(chunks);
  return { stored, object: { name: NAME, size: stored.byteLength, sha256: "", ...facts } };
}

function readerOf(stored: Buffer): ObjectReader {
  return {
    name: NAME,
    size: stored.byteLength,
    async *read({ range = { offset: 0, length: stored.byteLength } } = {}) {
      yield Buffer.from(stored.subarray(range.offset, range.offset + range.length));
    },
  };
}
