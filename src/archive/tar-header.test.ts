import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BLOCK, encodeTarHeader, type TarMember } from "./tar-header.ts";

const MEMBER: TarMember = {
  name: "a/b",
  type: "file",
  size: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  linkName: "",
};

/** Largest of seven and of eleven octal digits. */
const [ID, NUMBER] = [0o7777777, 0o77777777777];

function ustarOf(member: TarMember): Buffer {
  return encodeTarHeader(member).subarray(-BLOCK);
}

function octalAt(block: Buffer, at: number, digits: number): string {
  expect(block[at + digits]).toBe(0);
  return block.toString("latin1", at, at + digits);
}

describe("a tar header", () => {
  it("has every number in octal with leading zeros, and the largest that fits where it does not", () => {
    const numbers = fc.record({
      size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      mode: fc.nat({ max: 0o177777 }),
      uid: fc.nat({ max: 2 ** 32 - 1 }),
      gid: fc.nat({ max: 2 ** 32 - 1 }),
      seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    });
    fc.assert(
      fc.property(numbers, ({ size, mode, uid, gid, seconds }) => {
        const mtimeNs = BigInt(seconds) * 1_000_000_000n;
        const block = ustarOf({ ...MEMBER, size, mode, uid, gid, mtimeNs });
        const octal = (value: number, most: number): string =>
          Math.min(value, most).toString(8).padStart(most.toString(8).length, "0");
        expect(octalAt(block, 100, 7)).toBe(octal(mode & 0o7777, ID));
        expect(octalAt(block, 108, 7)).toBe(octal(uid, ID));
        expect(octalAt(block, 116, 7)).toBe(octal(gid, ID));
        expect(octalAt(block, 124, 11)).toBe(octal(size, NUMBER));
        expect(octalAt(block, 136, 11)).toBe(octal(Math.max(0, seconds), NUMBER));
      }),
    );
  });

  it("has the sum of its bytes, with spaces in the sum's own place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const block = ustarOf({ ...MEMBER, name: Buffer.from(bytes).toString("latin1") });
        const sum = parseInt(octalAt(block, 148, 6), 8);
        block.fill(" ", 148, 156);
        expect(sum).toBe(block.reduce((total, byte) => total + byte, 0));
      }),
    );
  });
});
