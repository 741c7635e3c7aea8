/** One header block of a tar, in the formats ustar, pax, GNU and V7. */
import type { Device } from "../device-number.ts";
import { cutOff, unreadable } from "./import-error.ts";
import { hasValidChecksum, numberField, textField } from "./tar-fields.ts";

export const BLOCK = 512;

export interface TarHeader {
  /** One character; "0" also for the older way to say file. */
  typeFlag: string;
  name: string;
  linkName: string;
  size: number;
  mode: number;
  uid: bigint;
  gid: bigint;
  mtime: bigint;
  device: Device;
  /** As it stands: GNU keeps more in it than all know. */
  block: Buffer;
}

/** Undefined for a block of zeros. Throws `damaged` when it is no header. */
export function parseHeader(block: Buffer, at: { archive: string; position: number }): TarHeader | undefined {
  if (block.length < BLOCK) throw cutOff(at.archive, `the header at byte ${at.position} of the tar`);
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  if (!hasValidChecksum(block)) {
    const why =
      at.position === 0 ? "it is not a tar, or damaged" : `its header at byte ${at.position} is damaged`;
    throw unreadable(at.archive, `${why}: the checksum is wrong`);
  }
  const number = (offset: number, length: number, name: string): bigint => {
    const value = numberField(block, offset, length);
    if (value !== undefined) return value;
    throw unreadable(at.archive, `the ${name} in the header at byte ${at.position} is not a number`);
  };
  const size = number(124, 12, "size");
  if (size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw unreadable(at.archive, `the size in the header at byte ${at.position} is ${size}`);
  }
  // Only of devices, and what others have there need not be a number.
  const devicePart = (offset: number): number =>
    Number(BigInt.asUintN(32, numberField(block, offset, 8) ?? 0n));
  const flag = textField(block, 156, 1);
  return {
    typeFlag: flag === "" ? "0" : flag,
    name: nameOf(block),
    linkName: textField(block, 157, 100),
    size: Number(size),
    mode: Number(number(100, 8, "mode") & 0o7777n),
    uid: number(108, 8, "owner"),
    gid: number(116, 8, "group"),
    mtime: number(136, 12, "time"),
    device: { major: devicePart(329), minor: devicePart(337) },
    block,
  };
}

/** Only ustar proper has a prefix there; GNU keeps other things in its place. */
function nameOf(block: Buffer): string {
  const name = textField(block, 0, 100);
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? textField(block, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}
