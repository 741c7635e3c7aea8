/** Sparse members as GNU tar and bsdtar write them, and maps that lie. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { missingPrograms } from "../../../test/fakes/documented-commands.ts";
import { base256, importBytes, pax, rawMember, tarOf } from "../../../test/fakes/raw-tar.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const MIB = 2 ** 20;
const missing = missingPrograms("tar", "bsdtar");

/** Data of so many bytes at each offset; the rest are holes. */
function makeSparse(path: string, size: number, parts: readonly [offset: number, bytes: number][]): void {
  const file = fs.openSync(path, "w");
  for (const [offset, bytes] of parts)
    fs.writeSync(file, Buffer.alloc(bytes, `at ${offset} `), 0, bytes, offset);
  fs.ftruncateSync(file, size);
  fs.closeSync(file);
}

const tools: [string, string[]][] = [
  ["GNU tar's old form", ["tar", "--sparse", "--format=gnu"]],
  ...["0.0", "0.1", "1.0"].map((version): [string, string[]] => [
    `GNU tar's form ${version}`,
    ["tar", "--sparse", "--format=posix", `--sparse-version=${version}`],
  ]),
  ["bsdtar's", ["bsdtar", "--format=pax"]],
];

describe.skipIf(missing.length > 0)(`sparse files (needs ${missing.join() || "nothing more"})`, () => {
  it.each(tools)("in %s come back with their holes", async (_, [tool = "", ...how]) => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    fs.mkdirSync(root);
    makeSparse(join(root, "middle"), 64 * MIB, [[32 * MIB, 6]]);
    makeSparse(join(root, "ends"), 9 * MIB, [
      [0, 5000],
      [8 * MIB, MIB],
    ]);
    makeSparse(join(root, "only a hole"), 5 * MIB + 1, []);
    const many = Array.from({ length: 100 }, (_, i): [number, number] => [i * 128 * 1024, 4096]);
    makeSparse(join(root, `many ${"n".repeat(150)}`), 100 * 128 * 1024, many);
    fs.writeFileSync(join(root, "plain"), "plain");
    execFileSync(tool, [...how, "-cf", join(work, "it.tar"), "-C", root, "."]);
    await importBytes(fs.readFileSync(join(work, "it.tar")), join(work, "out"));
    execFileSync("diff", ["-r", root, join(work, "out")]);
    const { size, blocks } = fs.statSync(join(work, "out/middle"));
    expect({ size, isSparse: blocks * 512 < MIB }).toEqual({ size: 64 * MIB, isSparse: true });
  });

  it("of random parts come back from each form", async () => {
    const gaps = fc.array(fc.tuple(fc.nat(300_000), fc.integer({ min: 1, max: 100_000 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.nat(500_000), fc.nat(tools.length - 1), async (runs, tail, which) => {
        const work = temporaryDirectory();
        fs.mkdirSync(join(work, "root"));
        let end = 0;
        const parts = runs.map(([gap, bytes]): [number, number] => {
          const at = end + gap;
          end = at + bytes;
          return [at, bytes];
        });
        makeSparse(join(work, "root/file"), end + tail, parts);
        const [tool = "", ...how] = tools[which]?.[1] ?? [];
        execFileSync(tool, [...how, "-cf", join(work, "it.tar"), "-C", join(work, "root"), "file"]);
        await importBytes(fs.readFileSync(join(work, "it.tar")), join(work, "out"));
        execFileSync("cmp", [join(work, "root/file"), join(work, "out/file")]);
      }),
      { numRuns: 25 },
    );
  });
});

interface OldHeader {
  parts?: readonly [bigint, bigint][];
  size?: bigint;
  goesOn?: boolean;
}

/** A header of the old form; numbers are binary, so that they can say anything. */
function old(content: string, { parts = [], size = 0n, goesOn = false }: OldHeader): Buffer {
  const member = rawMember({ name: "evil", type: "S", content, raw: { magic: "ustar  \0" } });
  member.fill(0, 345, 512);
  for (const [i, [offset, length]] of parts.entries()) {
    base256(offset).copy(member, 386 + i * 24);
    base256(length).copy(member, 398 + i * 24);
  }
  member[482] = goesOn ? 1 : 0;
  base256(size).copy(member, 483);
  member.write("        ", 148, "latin1");
  const sum = member.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  member.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return member;
}

function leading(map: string, content = "", records: Record<string, string> = {}): Buffer {
  const padded = Buffer.alloc(Math.ceil(map.length / 512) * 512);
  padded.write(map);
  const form = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "evil" };
  return tarOf(pax({ ...form, "GNU.sparse.realsize": "1000", ...records }), {
    name: "x",
    content: Buffer.concat([padded, Buffer.from(content)]),
  });
}

describe("a sparse member is refused", () => {
  const one = (map: string, size = "1000", content = "content"): Buffer =>
    tarOf(pax({ "GNU.sparse.size": size, "GNU.sparse.map": map }), { name: "evil", content });
  const GIB = 2n ** 30n;
  const lies: [string, Buffer][] = [
    ["whose part ends beyond its end", one("995,7")],
    ["whose parts lie over one another", one("0,4,2,3")],
    ["whose parts are not in order", one("10,4,0,3")],
    ["whose parts are more than is there", one("0,8")],
    ["whose parts are less than is there", one("0,6")],
    ["whose map ends within a part", one("0,7,9")],
    ["whose map is no map", one("0,seven")],
    ["with a negative offset", one("-1,7")],
    ["with an offset that no file has", one("9007199254740993,7")],
    ["whose size is negative", one("0,7", "-1000")],
    ["whose size is no number", one("0,7", "1e3")],
    ["that is larger than the disk", one("0,7", String(2n ** 52n))],
    ["that is a directory", tarOf(pax({ "GNU.sparse.size": "0" }), { name: "d", type: "5" })],
    ["in the old form, with a negative offset", tarOf(old("seven b", { parts: [[-8n, 7n]], size: GIB }))],
    ["in the old form, larger than any", tarOf(old("seven b", { parts: [[0n, 2n ** 80n]], size: GIB }))],
    ["in the old form, beyond its end", tarOf(old("seven b", { parts: [[GIB, 7n]], size: GIB }))],
    ["in the old form, that goes on with nothing", old("", { size: 5n, goesOn: true })],
    ["in the old form, whose size is negative", tarOf(old("", { size: -5n }))],
    ["in form 1.0, without a map", leading("")],
    ["in form 1.0, with a map longer than the content", leading("100\n0\n1\n")],
    ["in form 1.0, that counts what is not there", leading("99999999999\n0\n1\n", "x")],
    ["in form 1.0, with a line without end", leading("1".repeat(5000))],
    ["in form 1.0, whose map is no map", leading("1\nzero\n7\n", "content")],
    ["in form 1.0, without a size", leading("1\n0\n7\n", "content", { "GNU.sparse.realsize": "x" })],
  ];
  it.each(lies)("%s", async (_, bytes) => {
    const work = temporaryDirectory();
    const imported = importBytes(bytes, join(work, "target"));
    const error = await imported.then(
      () => "imported",
      ({ code }: { code: string }) => code,
    );
    expect(["damaged", "refused"]).toContain(error);
    expect(fs.readdirSync(work)).toEqual([]);
  });

  it("whose map goes on without end, within its memory", async () => {
    const more = Buffer.alloc(512);
    for (let i = 0; i < 21; i += 1) {
      base256(BigInt(i)).copy(more, i * 24);
      base256(0n).copy(more, i * 24 + 12);
    }
    more[504] = 1;
    const blocks = Buffer.concat(Array.from({ length: 60_000 }, () => more));
    const bytes = Buffer.concat([old("", { parts: [[0n, 0n]], size: 2n ** 30n, goesOn: true }), blocks]);
    const imported = importBytes(bytes, join(temporaryDirectory(), "target"));
    await expect(imported).rejects.toMatchObject({ code: "damaged" });
  });

  it.each(["1000", "100000000000000"])("cut at any block, of %s bytes", async (size) => {
    const whole = Buffer.concat([
      old("x".repeat(2000), { parts: [[0n, 2000n]], size: BigInt(size) }),
      leading("1\n0\n7\n", "content"),
    ]);
    for (let at = 0; at < whole.length - 1024; at += 512) {
      const work = temporaryDirectory();
      const imported = importBytes(whole.subarray(0, at), join(work, "target"));
      const code = await imported.then(
        () => "imported",
        (error: { code: string }) => error.code,
      );
      expect(["damaged", "refused"]).toContain(code);
      expect(fs.readdirSync(work)).toEqual([]);
    }
  });
});
