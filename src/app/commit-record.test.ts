import { describe, expect, it } from "vitest";
import { recordOf } from "../../test/fakes/points.ts";
import { hasCode } from "../domain/errors.ts";
import { encodeCommitRecord, parseCommitRecord } from "./commit-record.ts";

const RECORD = recordOf("2026-11-20T03:00:00Z", {
  capture: { path: "/source/data", sockets: 0 },
  warnings: [{ path: "log", problem: "grew", message: "log grew while it was read." }],
  warningCount: 1,
});

function parse(text: string) {
  return parseCommitRecord(text, "Reading it");
}

describe("a commit record", () => {
  it("is read as it was written", () => {
    expect(parse(Buffer.from(encodeCommitRecord(RECORD)).toString())).toEqual(RECORD);
  });

  it("is never read as another one, whichever bit of it is flipped", () => {
    const bytes = encodeCommitRecord(RECORD);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let read: unknown = RECORD;
      try {
        read = parse(flipped.toString());
      } catch (error) {
        if (!hasCode(error, "damaged") && !hasCode(error, "unsupported")) throw error;
      }
      expect(read, `bit ${bit}`).toEqual(RECORD);
    }
  });

  it("may hold what a later version adds, which is sealed with the rest", () => {
    const later = encodeCommitRecord({ ...RECORD, later: "added" } as typeof RECORD);
    const text = Buffer.from(later).toString();
    expect(parse(text)).toEqual(RECORD);
    expect(() => parse(text.replace("added", "edded"))).toThrow("was changed after it was written");
  });

  it("needs no seal, for it may have been written by hand", () => {
    expect(parse(JSON.stringify(RECORD))).toEqual(RECORD);
  });
});
