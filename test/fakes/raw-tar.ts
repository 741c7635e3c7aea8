/** Tars made by hand, as nobody's tar would make them: any field may lie. */
import { importArchive, type ImportArchiveOptions } from "../../src/archive/import/import-archive.ts";
import { systemProcessTable } from "../../src/observability/process-identity.ts";

const BLOCK = 512;
export const END = Buffer.alloc(2 * BLOCK);

export interface RawMember {
  name: string | Buffer;
  /** One character: "0" file, "1" hardlink, "2" symlink, "5" directory, "x" pax, … */
  type?: string;
  content?: Buffer | string;
  linkName?: string;
  mode?: number;
  mtime?: number;
  /** Written as they are, whatever the content is. */
  raw?: { size?: Buffer | string; uid?: Buffer | string; checksum?: string; magic?: string };
}

/** The header and the content, padded. */
export function rawMember({ name, type = "0", content = "", linkName = "", ...rest }: RawMember): Buffer {
  const { mode = 0o644, mtime = 1_700_000_000, raw = {} } = rest;
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write(octal(mode, 7), 100, "latin1");
  header.write(octal(0, 7), 108, "latin1");
  header.write(octal(0, 7), 116, "latin1");
  header.write(octal(body.length, 11), 124, "latin1");
  header.write(octal(mtime, 11), 136, "latin1");
  header.write(`        ${type}`, 148, "latin1");
  header.write(linkName.slice(0, 100), 157, "latin1");
  header.write(raw.magic ?? "ustar\u000000", 257, "latin1");
  if (raw.size !== undefined) put(header, raw.size, 124, 12);
  if (raw.uid !== undefined) put(header, raw.uid, 108, 8);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(raw.checksum ?? `${octal(sum, 6)}\0 `, 148, "latin1");
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

/** A pax header for the member that follows. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): Buffer {
  return rawMember({ name: "PaxHeader", type, content: paxText(records) });
}

export function paxText(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + 1;
      while (String(length).length + rest !== length) length = String(length).length + rest;
      return `${length} ${key}=${value}\n`;
    })
    .join("");
}

export function tarOf(...members: (RawMember | Buffer)[]): Buffer {
  return Buffer.concat([
    ...members.map((member) => (Buffer.isBuffer(member) ? member : rawMember(member))),
    END,
  ]);
}

/** A big-endian binary number of GNU's. */
export function base256(value: bigint, length = 12): Buffer {
  const bits = length * 8 - 1;
  const hex = (BigInt.asUintN(bits, value) | (1n << BigInt(bits))).toString(16).padStart(length * 2, "0");
  return Buffer.from(hex, "hex");
}

/** Imports bytes by this process, in chunks of odd sizes. */
export async function importBytes(
  bytes: Buffer,
  target: string,
  options: Partial<ImportArchiveOptions> = {},
): ReturnType<typeof importArchive> {
  return importArchive({
    name: "test.tar",
    chunks: inChunks(bytes),
    processes: systemProcessTable(),
    onExisting: "refuse",
    ...options,
    target,
  });
}

export async function* inChunks(bytes: Buffer, size = 70_001): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function put(header: Buffer, value: Buffer | string, offset: number, length: number): void {
  header.fill(0, offset, offset + length);
  Buffer.from(value).copy(header, offset, 0, length);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
