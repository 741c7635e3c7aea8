import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { FileContent } from "./file-content.ts";
import { HoleSeeker } from "./hole-seeker.ts";

const MIB = 1024 ** 2;
const [ENXIO, EINVAL] = [6, 22];

/** Answers to lseek: a position, or the errno of a call that fails. */
type Seek = (position: number, wants: "data" | "hole") => number | { errno: number };

function seekerOf(answer: Seek): HoleSeeker {
  let errno = 0;
  const seek = (_: number, position: number, whence: number): number => {
    const found = answer(position, whence === 3 ? "data" : "hole");
    if (typeof found === "number") return found;
    errno = found.errno;
    return -1;
  };
  return new HoleSeeker(seek, () => errno);
}

/** A file of ones, which is sparse as far as its stats tell. */
function contentWith(answer: Seek, size = MIB): { content: FileContent; path: string } {
  const path = join(temporaryDirectory(), "file");
  fs.writeFileSync(path, Buffer.alloc(size, 1));
  const fd = fs.openSync(path, "r");
  const stats = Object.assign(fs.fstatSync(fd, { bigint: true }), { blocks: 8n });
  return { content: new FileContent(fs, { fd, stats, holes: seekerOf(answer) }), path };
}

/** What is given, run by run. */
function runsOf(content: FileContent): string[] {
  const runs: string[] = [];
  const buffer = Buffer.alloc(10 * MIB);
  for (;;) {
    const zeros = content.hole();
    content.skip(zeros);
    const count = content.read(buffer);
    if (zeros > 0) runs.push(`${zeros} zeros`);
    if (count > 0) runs.push(`${count} bytes`);
    if (zeros + count === 0) return runs;
  }
}

describe("the content of a file", () => {
  it("is read where the system tells of data, and left out where it tells of a hole", () => {
    const { content } = contentWith((position, wants) => {
      if (wants === "hole") return 300_000;
      return position < 300_000 ? Math.max(position, 200_000) : { errno: ENXIO };
    });
    expect(runsOf(content)).toEqual(["200000 zeros", "100000 bytes", `${MIB - 300_000} zeros`]);
  });

  it("is read whole where the system cannot tell", () => {
    expect(runsOf(contentWith(() => ({ errno: EINVAL })).content)).toEqual([`${MIB} bytes`]);
  });

  it("is read where a hole is short", () => {
    const { content } = contentWith((position, wants) => (wants === "data" ? position + 4096 : MIB));
    expect(runsOf(content)).toEqual([`${MIB} bytes`]);
  });

  it("ends where the file ends now: what was cut off is no hole", () => {
    const { content, path } = contentWith(() => ({ errno: ENXIO }));
    fs.truncateSync(path, 500_000);
    expect(runsOf(content)).toEqual(["500000 zeros"]);
  });

  it("is not asked for of a file that is allocated whole", () => {
    const path = join(temporaryDirectory(), "file");
    fs.writeFileSync(path, Buffer.alloc(MIB, 1));
    const fd = fs.openSync(path, "r");
    const stats = Object.assign(fs.fstatSync(fd, { bigint: true }), { blocks: BigInt(MIB / 512) });
    const holes = seekerOf(() => {
      throw new Error("it was asked");
    });
    expect(runsOf(new FileContent(fs, { fd, stats, holes }))).toEqual([`${MIB} bytes`]);
  });
});
