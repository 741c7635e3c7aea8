import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SecretDigest } from "./secret-digest.ts";

function digestOf(parts: readonly Uint8Array[]): SecretDigest {
  const digest = new SecretDigest();
  for (const part of parts) digest.update(part);
  return digest;
}

function matches(digest: SecretDigest, parts: readonly Uint8Array[]): boolean {
  const comparison = digest.comparison();
  for (const part of parts) comparison.update(part);
  return comparison.matches();
}

const parts = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 });

describe("a secret digest", () => {
  it("matches the same bytes, however they are cut and however often it is asked", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 50 }), (written, step) => {
        const all = Buffer.concat(written);
        const read = Array.from({ length: Math.ceil(all.length / step) }, (_, i) =>
          all.subarray(i * step, (i + 1) * step),
        );
        const digest = digestOf(written);
        expect([matches(digest, read), matches(digest, [all])]).toEqual([true, true]);
      }),
    );
  });

  it("matches no other bytes: not one bit changed, one byte more or less, or parts exchanged", () => {
    const content = randomBytes(1000);
    const digest = digestOf([content]);
    for (let bit = 0; bit < 8000; bit += 7) {
      const flipped = Buffer.from(content);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(matches(digest, [flipped])).toBe(false);
    }
    expect(matches(digest, [content.subarray(1)])).toBe(false);
    expect(matches(digest, [content, Buffer.alloc(1)])).toBe(false);
    expect(matches(digest, [content.subarray(500), content.subarray(0, 500)])).toBe(false);
    expect(matches(digest, [])).toBe(false);
  });
});
