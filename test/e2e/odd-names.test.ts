import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compareDepthFirst, fromText } from "../../src/archive/byte-path.ts";
import { readIndex } from "../../src/archive/read-index.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { captureVolume, describeTree, readersOf, restoreHere } from "../fakes/captured-volume.ts";
import { PointChain } from "../fakes/point-chain.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

/** What has broken other programs: control characters, quotes, names of Windows devices, text that is none. */
const TROUBLESOME = [
  ...["line\nend", "\n", "\r\n", "tab\t", "bell\u0007", "\u001b[31mred", "back\\slash", "\\", "\\n", "\\012"],
  ...[
    "trailing space ",
    " ",
    "  leading",
    "trailing dot.",
    ".hidden",
    "...",
    ".. ",
    "-rf",
    "--",
    "~",
    "$HOME",
    "`id`",
  ],
  ...[
    "CON",
    "NUL",
    "aux.txt",
    "COM1",
    "LPT9.log",
    "C:",
    "a:b",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "'",
    '"',
    "a=b",
    "%25",
    "#",
  ],
  ...["🐎", "👩‍👩‍👧‍👦", "e\u0301", "é", "ﬁ", "ß", "İ", "\u202Egnp.exe", "\uFEFF", "\u2028", "日本語", "\u{10FFFF}"],
  ...["pax_global_header", "PaxHeaders", "././@LongLink", "seek", "__proto__", "constructor"],
].map((name) => Buffer.from(name.replaceAll("/", "_")));
const NOT_TEXT = [
  "ff",
  "c328",
  "eda080",
  "f09f90",
  "80",
  "c0af",
  "61ff0a62",
  "fffe",
  "efbfbd",
  "00ff".slice(2),
].map((hex) => Buffer.from(hex, "hex"));

const isName = (name: Buffer): boolean =>
  name.length > 0 &&
  ![".", ".."].includes(name.toString("latin1")) &&
  !name.includes(0) &&
  !name.includes(0x2f);

const names = fc.oneof(
  fc.constantFrom(...TROUBLESOME, ...NOT_TEXT),
  fc
    .uint8Array({ minLength: 1, maxLength: 255 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte)))),
  fc
    .string({ unit: "binary", minLength: 1, maxLength: 60 })
    .map((text) => Buffer.from(text.replaceAll(/[\0/]/g, "_")).subarray(0, 255)),
);
const nodes = fc.record({
  name: names.filter(isName),
  kind: fc.constantFrom("file", "directory", "symlink", "hardlink"),
  below: fc.nat(),
});

interface Node {
  name: Buffer;
  kind: string;
  below: number;
}

/** What clashes with a name that is there already is left out. */
function makeTree(root: string, chosen: readonly Node[]): void {
  const directories = [Buffer.from(root)];
  let file: Buffer | undefined;
  for (const { name, kind, below } of chosen) {
    const parent = directories[below % directories.length] ?? Buffer.from(root);
    const path = Buffer.concat([parent, Buffer.from("/"), name]);
    if (path.length > 3500 || fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    if (kind === "directory") directories.push((fs.mkdirSync(path), path));
    else if (kind === "symlink") fs.symlinkSync(name, path);
    else if (kind === "hardlink" && file !== undefined) fs.linkSync(file, path);
    else fs.writeFileSync((file = path), name);
  }
}

/** Member names as GNU tar has them, octal where they are not printable ASCII: none is lost or joined with another. */
function countedByTar(work: string, archive: Buffer): number {
  fs.writeFileSync(join(work, "archive.tar.zst"), archive);
  const listed = execFileSync("tar", ["--zstd", "--quoting-style=c", "-tf", "archive.tar.zst"], {
    cwd: work,
  });
  return listed.toString().trimEnd().split("\n").length;
}

describe("names that are odd", () => {
  it("come back byte for byte, whatever they are, alone and from an earlier point", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nodes, { minLength: 1, maxLength: 40 }), async (chosen) => {
        const work = temporaryDirectory();
        const root = join(work, "root");
        fs.mkdirSync(root);
        makeTree(root, chosen);
        const before = describeTree(root);

        const chain = new PointChain(root, work);
        const first = await chain.capture();
        const second = await chain.capture();
        for (const [at, point] of [first, second].entries()) {
          await chain.restore(point, join(work, `out-${at}`));
          expect(describeTree(join(work, `out-${at}`))).toEqual(before);
        }
        const held = [...(await chain.entries(second)).values()].filter(({ data }) => data !== undefined);
        expect(held.every(({ data }) => data?.point === first.id)).toBe(true);
        expect(countedByTar(work, first.archive)).toBe(before.size);
      }),
      { numRuns: 8 },
    );
  });

  it("are all listed, in the order of their bytes, and each can be restored by itself", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    fs.mkdirSync(root);
    const all = [...TROUBLESOME, ...NOT_TEXT].filter(isName);
    makeTree(
      root,
      all.map((name) => ({ name, kind: "file", below: 0 })),
    );
    const captured = await captureVolume(root);
    const { index, archive } = readersOf(captured);
    expect(await Array.fromAsync(verifyArchive({ index, archive: archive() }))).toEqual([]);

    const entries = (await Array.fromAsync(readIndex(index))).slice(1);
    const listed = entries.map(({ path, pathBytes }) =>
      fromText(pathBytes === undefined ? { text: path } : { text: path, bytes: pathBytes }),
    );
    const made = fs.readdirSync(root, { encoding: "latin1" });
    expect(listed).toEqual(made.sort(compareDepthFirst));
    expect(listed).toHaveLength(new Set(all.map((name) => name.toString("latin1"))).size);
    for (const { path, pathBytes } of entries.filter((_, at) => at % 10 === 0)) {
      if (pathBytes !== undefined) continue;
      const target = join(temporaryDirectory(), "out");
      await restoreHere({ index, archive, paths: [path], target, onExisting: "refuse" });
      expect(fs.readdirSync(target)).toEqual([path]);
    }
  });
});
