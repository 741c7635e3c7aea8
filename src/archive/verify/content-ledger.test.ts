import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ContentLedger } from "./content-ledger.ts";

const content = (number: number) => ({
  point: `P${number % 3}`,
  offset: number * 512,
  size: number,
  sha256: createHash("sha256").update(`${number}`).digest("hex"),
});

describe("a ledger of contents", () => {
  it("knows everything that it was told and nothing else", () => {
    const ledger = new ContentLedger(5000);
    for (let number = 0; number < 5000; number++) ledger.add(content(number));
    for (let number = 0; number < 5000; number++) expect(ledger.has(content(number))).toBe(true);
    for (let number = 0; number < 5000; number++) {
      const { point, offset, size, sha256 } = content(number);
      expect(ledger.has({ point: "other", offset, size, sha256 })).toBe(false);
      expect(ledger.has({ point, offset: offset + 1, size, sha256 })).toBe(false);
      expect(ledger.has({ point, offset, size: size + 1, sha256 })).toBe(false);
      expect(ledger.has({ point, offset, size, sha256: content(number + 1).sha256 })).toBe(false);
    }
  });

  it("still knows what it was told when that is more than was announced", () => {
    const ledger = new ContentLedger(0);
    for (let number = 0; number < 3000; number++) ledger.add(content(number));
    for (let number = 0; number < 3000; number++) expect(ledger.has(content(number))).toBe(true);
  });
});
