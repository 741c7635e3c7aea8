import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Crc32c } from "./crc32c.ts";

function digestOf(...chunks: Uint8Array[]): string {
  const digest = new Crc32c();
  for (const chunk of chunks) digest.update(chunk);
  return Buffer.from(digest.toBase64(), "base64").toString("hex");
}

/** By the definition, bit by bit. */
function byDefinition(bytes: Uint8Array): string {
  let state = 0xffffffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0x82f63b78 : 0);
  }
  return (~state >>> 0).toString(16).padStart(8, "0");
}

describe("CRC-32C", () => {
  it("is what RFC 3720, appendix B.4, says it is", () => {
    expect(digestOf(Buffer.alloc(32))).toBe("8a9136aa");
    expect(digestOf(Buffer.alloc(32, 0xff))).toBe("62a8ab43");
    expect(digestOf(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe("46dd794e");
    expect(digestOf(Uint8Array.from({ length: 32 }, (_, index) => 31 - index))).toBe("113fdb5c");
    expect(digestOf(Buffer.from("123456789"))).toBe("e3069283");
    expect(digestOf()).toBe("00000000");
  });

  it("is written as Cloud Storage writes it", () => {
    const digest = new Crc32c();
    digest.update(Buffer.from("123456789"));
    expect(digest.toBase64()).toBe(Buffer.from("e3069283", "hex").toString("base64"));
  });

  it("does not depend on how the bytes are cut or where they lie in memory", () => {
    const cut = fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      at: fc.nat({ max: 200 }),
      shift: fc.nat({ max: 7 }),
    });
    fc.assert(
      fc.property(cut, ({ bytes, at, shift }) => {
        const memory = new Uint8Array(shift + bytes.length);
        memory.set(bytes, shift);
        const shifted = memory.subarray(shift);
        expect(digestOf(shifted.subarray(0, at), shifted.subarray(at))).toBe(byDefinition(bytes));
      }),
    );
  });
});
