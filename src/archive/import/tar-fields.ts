/** The fields of a tar header, read strictly: what is not a number is refused, never guessed. */

const SPACE = 0x20;
const BINARY = 0x80;

/** Bytes up to the first zero, as a byte string. */
export function textField(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}

/** Octal digits, or a binary number of GNU's (base-256); undefined when it is neither. An empty field is 0. */
export function numberField(block: Buffer, offset: number, length: number): bigint | undefined {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & BINARY) !== 0) return binaryNumber(field);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field.toString("latin1"))?.[1];
  if (digits === undefined) return undefined;
  return digits === "" ? 0n : BigInt(`0o${digits}`);
}

/** Big-endian two's complement; the first bit only marks it, the second is the sign. */
function binaryNumber(field: Buffer): bigint {
  const bits = BigInt(field.length * 8 - 1);
  const value = BigInt.asUintN(Number(bits), BigInt(`0x${field.toString("hex")}`));
  return BigInt.asIntN(Number(bits), value);
}

/** True when the header's checksum fits it, with bytes taken as unsigned or, as some old tars did, as signed. */
export function hasValidChecksum(block: Buffer): boolean {
  const stored = numberField(block, 148, 8);
  let unsigned = 8 * SPACE;
  let negative = 0;
  for (let i = 0; i < block.length; i += 1) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i] ?? 0;
    unsigned += byte;
    if (byte > 127) negative += 256;
  }
  return stored === BigInt(unsigned) || stored === BigInt(unsigned - negative);
}
