import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compareDepthFirst, fromText, isWithin, toText, unsafeBecause } from "./byte-path.ts";

const byteString = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"));
const name = byteString.filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

describe("a byte path", () => {
  it("survives being made text and read back, whatever its bytes", () => {
    fc.assert(fc.property(byteString, (bytes) => void expect(fromText(toText(bytes))).toBe(bytes)));
  });

  it("is kept as base64 only when it is not valid UTF-8", () => {
    expect(toText(Buffer.from("žluť").toString("latin1"))).toEqual({ text: "žluť" });
    expect(toText("f\xff")).toEqual({ text: "f\ufffd", bytes: "Zv8=" });
  });

  it.each(["", "/abs", "..", "a/../b", "./a", "a//b", "a/", "a\0b"])("%j is unsafe", (unsafe) => {
    expect(unsafeBecause(unsafe)).toBeDefined();
  });

  it("is safe when it is made of ordinary names", () => {
    fc.assert(fc.property(path, (safe) => void expect(unsafeBecause(safe)).toBeUndefined()));
  });
});

describe("depth-first order", () => {
  it("is that of comparing name by name, with the root first", () => {
    const byNames = (a: string, b: string): number => {
      const [left, right] = [a.split("/"), b.split("/")];
      const at = left.findIndex((part, i) => part !== right[i]);
      if (at === -1) return left.length - right.length;
      return right[at] === undefined ? 1 : (left[at] ?? "") < (right[at] ?? "") ? -1 : 1;
    };
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Math.sign(compareDepthFirst(a, b))).toBe(Math.sign(byNames(a, b)));
      }),
    );
    expect(compareDepthFirst(".", "\x01")).toBeLessThan(0);
  });

  it("puts all that is in a directory right after it", () => {
    const sorted = ["a.txt", "a/z", "a", "a-b", "a/b/c", "a/b"].sort(compareDepthFirst);
    expect(sorted).toEqual(["a", "a/b", "a/b/c", "a/z", "a-b", "a.txt"]);
    expect([isWithin("a/b", "a"), isWithin("a-b", "a"), isWithin("a", ".")]).toEqual([true, false, true]);
  });
});
