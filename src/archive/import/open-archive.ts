/** Finds out by its first bytes how an archive is compressed, and gives what is in it. */
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { ByteQueue } from "./byte-queue.ts";
import { decodeZstd } from "./decode-zstd.ts";
import { unknownFormat, unreadable } from "./import-error.ts";

/** What is told apart, by its first bytes, but not read; and what does read it. */
const OTHERS: readonly { name: string; magic: Buffer | RegExp; unpack: string }[] = [
  { name: "compressed with xz", magic: Buffer.from("fd377a585a00", "hex"), unpack: "xz -dc FILE" },
  { name: "compressed with bzip2", magic: Buffer.from("BZh"), unpack: "bzip2 -dc FILE" },
  { name: "compressed with lz4", magic: Buffer.from("04224d18", "hex"), unpack: "lz4 -dc FILE" },
  {
    name: "encrypted with age",
    magic: Buffer.from("age-encryption.org/v1"),
    unpack: "age -d -i IDENTITY FILE",
  },
  {
    name: "encrypted with age",
    magic: Buffer.from("-----BEGIN AGE ENCRYPTED"),
    unpack: "age -d -i IDENTITY FILE",
  },
  { name: "encrypted with gpg", magic: Buffer.from("-----BEGIN PGP MESSAGE"), unpack: "gpg -d FILE" },
  // A packet with a session key, for a public key (version 3) or a password (4 to 6), in the old form and the new (RFC 9580).
  {
    name: "encrypted with gpg",
    magic: /^(84..03|85....03|8c..0[456]|c1..0[36]|c3..0[456])/,
    unpack: "gpg -d FILE",
  },
];

const LONGEST_MAGIC = 32;

/** The bytes of the tar. Throws `damaged` when they cannot be had whole, `unsupported` when they are packed otherwise. */
export async function* openArchive(
  chunks: AsyncIterable<Uint8Array>,
  archive: string,
): AsyncGenerator<Buffer> {
  const input = new ByteQueue(chunks);
  try {
    const start = await input.upTo(LONGEST_MAGIC);
    if (start.length === 0) throw unreadable(archive, "it is empty");
    input.unread(start);
    if (isZstd(start)) yield* decodeZstd(input, archive);
    else if (start[0] === 0x1f && start[1] === 0x8b) yield* decodeGzip(input, archive);
    else {
      assertNotPackedOtherwise(start, archive);
      yield* input.rest();
    }
  } finally {
    await input.close();
  }
}

function isZstd(start: Buffer): boolean {
  if (start.length < 4) return false;
  const magic = start.readUInt32LE();
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) === 0x184d2a50;
}

function assertNotPackedOtherwise(start: Buffer, archive: string): void {
  const other = OTHERS.find(({ magic }) =>
    magic instanceof RegExp
      ? magic.test(start.toString("hex"))
      : magic.equals(start.subarray(0, magic.length)),
  );
  if (other === undefined) return;
  const first = `\`${other.unpack} | holdfast restore --archive - --to DIRECTORY\``;
  if (!other.name.startsWith("encrypted"))
    throw unknownFormat(archive, `it is ${other.name}, which is not read here`, `unpack it first: ${first}`);
  const next = `give what decrypts it by --identity FILE or --passphrase-file FILE, or decrypt it first: ${first}`;
  throw unknownFormat(archive, `it is ${other.name}`, next);
}

async function* decodeGzip(input: ByteQueue, archive: string): AsyncGenerator<Buffer> {
  const decoder = createGunzip({ chunkSize: 128 * 1024 });
  const fed = pipeline(input.rest(), decoder);
  fed.catch(() => undefined);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
    await fed;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreadable(archive, `its gzip data is cut or damaged: ${messageOf(error)}`, error);
  }
}
