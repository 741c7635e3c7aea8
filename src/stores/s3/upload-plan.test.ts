import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planUpload, type PartRules } from "./upload-plan.ts";

const [MIB, GIB, TIB] = [2 ** 20, 2 ** 30, 2 ** 40];
/** Of what a part is copied from. */
const MOST_COPIED = 5 * GIB;

/** What a body of that size becomes: parts of the upload, parts of its largest piece, and that piece's bytes. */
function carriedOut(size: number, rules: PartRules) {
  const { direct, pieceBytes } = planUpload(rules);
  const sent = Math.min(size, direct * rules.partSize);
  const partsOfPiece = Math.ceil(pieceBytes / rules.partSize);
  const pieces = sent === size ? 0 : Math.ceil((size - sent) / (partsOfPiece * rules.partSize));
  return {
    parts: Math.ceil(sent / rules.partSize) + pieces,
    ...{ pieces, partsOfPiece, largest: partsOfPiece * rules.partSize },
  };
}

describe("the plan of an upload in parts", () => {
  it("fits any size up to 5 TiB into the parts allowed, and each piece into one copy", () => {
    const rules = fc.record({
      partSize: fc.integer({ min: 5, max: 1024 }).map((mebibytes) => mebibytes * MIB),
      maxParts: fc.integer({ min: 2000, max: 10_000 }),
      equalParts: fc.constant(false),
    });
    const size = fc.oneof(fc.integer({ min: 1, max: 5 * TIB }), fc.constant(5 * TIB));
    fc.assert(
      fc.property(rules, size, (of, bytes) => {
        const { parts, partsOfPiece, largest } = carriedOut(bytes, of);
        expect(parts).toBeLessThanOrEqual(of.maxParts);
        expect(partsOfPiece).toBeLessThanOrEqual(of.maxParts);
        expect(largest).toBeLessThanOrEqual(MOST_COPIED);
      }),
      { numRuns: 500 },
    );
  });

  it("sends most of what there is as it is, and nothing as a piece that fits without", () => {
    const rules = { partSize: 8 * MIB, maxParts: 10_000, equalParts: false };
    expect(planUpload(rules)).toEqual({ direct: 7440, pieceBytes: 2 * GIB });
    expect(carriedOut(58 * GIB, rules).pieces).toBe(0);
    expect(carriedOut(464 * GIB, { ...rules, partSize: 64 * MIB }).pieces).toBe(0);
    expect(carriedOut(5 * TIB, rules).pieces).toBeLessThan(2560);
  });

  it("reaches as far as few parts go", () => {
    for (const maxParts of [4, 100, 1000]) {
      const rules = { partSize: 8 * MIB, maxParts, equalParts: false };
      const { direct, pieceBytes } = planUpload(rules);
      expect(direct).toBeGreaterThan(0);
      const reach = direct * rules.partSize + (maxParts - direct) * pieceBytes;
      expect(carriedOut(reach, rules).parts).toBeLessThanOrEqual(maxParts);
      expect(pieceBytes).toBeLessThanOrEqual(maxParts * rules.partSize);
    }
  });

  it("has no pieces where a server takes only equal parts", () => {
    const rules = { partSize: 64 * MIB, maxParts: 10_000, equalParts: true };
    expect(planUpload(rules).direct).toBe(10_000);
  });
});
