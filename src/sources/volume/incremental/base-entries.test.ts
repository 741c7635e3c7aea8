import { writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { framed } from "../../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { FramedFile } from "../../../archive/framed-file.ts";
import { placedLines } from "./base-entries.ts";

describe("the lines of a base's index", () => {
  it("are whole and known by their place, wherever frames cut them", async () => {
    const path = join(temporaryDirectory(), "files.jsonl.zst");
    const lines = fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " ")));
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 40 }), async (texts, frameBytes) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
        writeFileSync(path, await framed(bytes, frameBytes));
        const file = new FramedFile(path);
        const placed = [...placedLines(file)];
        file.close();
        expect(placed.map(({ text }) => text)).toEqual(texts);
        for (const { position, text } of placed)
          expect(bytes.toString("utf8", position, position + Buffer.byteLength(text))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});
