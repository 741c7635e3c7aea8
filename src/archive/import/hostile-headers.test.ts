/** Tars whose headers lie. Each import must end, with a clear error, nothing written outside and the target untouched. */
import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../../../test/fakes/captured-volume.ts";
import { base256, importBytes, pax, paxText, rawMember, tarOf, END } from "../../../test/fakes/raw-tar.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

/** Imports beside a directory that must not change, and gives the error. */
async function refusalOf(bytes: Buffer): Promise<{ code: string; message: string }> {
  const work = temporaryDirectory();
  const target = join(work, "out/target");
  fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync(join(target, "precious"), "precious");
  fs.writeFileSync(join(work, "outside"), "outside");
  const look = (): unknown => [describeTree(target), fs.readdirSync(work, { recursive: true }).sort()];
  const before = look();
  const imported = importBytes(bytes, target, { onExisting: "replace" });
  const error = await imported.then(
    () => ({ code: "none", message: "it was imported" }),
    (refusal: { code: string; message: string }) => refusal,
  );
  expect(look()).toEqual(before);
  return error;
}

const GOOD = { name: "good", content: "good" };
const HUGE = Buffer.alloc(2 ** 20 + 1, "x").toString();

describe("a name that would lead out of the target is refused", () => {
  const names = [
    "../outside",
    "a/../../outside",
    "..",
    "a/..",
    "/../outside",
    "./../outside",
    "a/b/../../../c",
  ];
  it.each(names)("%s", async (name) => {
    expect(await refusalOf(tarOf(GOOD, { name, content: "evil" }))).toMatchObject({ code: "refused" });
    expect(await refusalOf(tarOf(GOOD, { name, type: "5" }))).toMatchObject({ code: "refused" });
    expect(await refusalOf(tarOf(GOOD, { name, type: "2", linkName: "x" }))).toMatchObject({
      code: "refused",
    });
    const hardlink = { name: "linked", type: "1", linkName: name };
    expect(await refusalOf(tarOf(GOOD, hardlink))).toMatchObject({ code: "refused" });
  });

  it.each(["path", "linkpath"])("also when only a pax header says so, in %s", async (key) => {
    const bytes = tarOf(pax({ [key]: "../../outside" }), { name: "good", type: "1", linkName: "good" });
    expect(await refusalOf(bytes)).toMatchObject({ code: "refused" });
  });

  it("also as one of GNU's long names", async () => {
    const long = rawMember({ name: "././@LongLink", type: "L", content: "../outside\0" });
    expect(await refusalOf(tarOf(long, GOOD))).toMatchObject({ code: "refused" });
  });

  it("also by ustar's prefix", async () => {
    const header = rawMember({ name: "outside", raw: { checksum: "" } });
    header.write("..", 345);
    header.write("        ", 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    expect(await refusalOf(tarOf(header))).toMatchObject({ code: "refused" });
  });
});

describe("a symlink of the archive is never written through", () => {
  const through: [string, Buffer][] = [
    ["a file", tarOf({ name: "a", type: "2", linkName: ".." }, { name: "a/evil", content: "evil" })],
    ["a directory", tarOf({ name: "a", type: "2", linkName: ".." }, { name: "a/evil", type: "5" })],
    [
      "a symlink",
      tarOf({ name: "a", type: "2", linkName: ".." }, { name: "a/evil", type: "2", linkName: "x" }),
    ],
    [
      "a file, in two steps",
      tarOf(
        { name: "d", type: "5" },
        { name: "d", type: "2", linkName: "/" },
        { name: "d/tmp/evil", content: "evil" },
      ),
    ],
  ];
  it.each(through)("by %s", async (_, bytes) => {
    expect(await refusalOf(bytes)).toMatchObject({ code: "refused" });
  });
});

describe("a header that lies is refused", () => {
  const sizes: [string, Buffer | string][] = [
    ["negative in binary", base256(-1n)],
    ["very negative in binary", base256(-(2n ** 80n))],
    ["larger than any file", base256(2n ** 80n)],
    ["larger than any disk", base256(2n ** 52n)],
    ["the largest in octal", "77777777777\0"],
    ["negative in octal", "-0000000001\0"],
    ["no number", "abcdefghijk\0"],
    ["with a number in its middle", "0000x000010\0"],
    ["hexadecimal", "0x000000010\0"],
  ];
  it.each(sizes)("whose size is %s", async (_, size) => {
    const { code } = await refusalOf(tarOf(GOOD, { name: "evil", content: "evil", raw: { size } }));
    expect(["damaged", "refused"]).toContain(code);
  });

  it.each(["-1", "9".repeat(30), "0x10", "1e3", "10.5", " 10", "NaN"])(
    "whose pax size is %s",
    async (size) => {
      const { code } = await refusalOf(tarOf(pax({ size }), { name: "evil", content: "evil" }));
      expect(["damaged", "refused"]).toContain(code);
    },
  );

  it.each(["1", "500", "1000000"])("whose pax size is %s and not that of the content", async (size) => {
    const { code } = await refusalOf(tarOf(pax({ size }), { name: "evil", content: "e".repeat(1000) }, GOOD));
    expect(code).toBe("damaged");
  });

  it.each(["path", "linkpath", "size"])("that gives every member the same %s", async (key) => {
    const { code } = await refusalOf(tarOf(pax({ [key]: "1" }, "g"), GOOD));
    expect(code).toBe("refused");
  });

  const owners: [string, Buffer][] = [
    ["negative", tarOf({ ...GOOD, raw: { uid: base256(-1n, 8) } })],
    ["too large", tarOf({ ...GOOD, raw: { uid: base256(2n ** 32n - 1n, 8) } })],
    ["too large in pax", tarOf(pax({ uid: "4294967295" }), GOOD)],
    ["negative in pax", tarOf(pax({ gid: "-1" }), GOOD)],
  ];
  it.each(owners)("whose owner is %s", async (_, bytes) => {
    expect(await refusalOf(bytes)).toMatchObject({ code: "damaged" });
  });

  it.each(["now", "1e9", "9".repeat(16), "--1", "1.5.5", "-"])("whose time is %s", async (mtime) => {
    expect(await refusalOf(tarOf(pax({ mtime }), GOOD))).toMatchObject({ code: "damaged" });
  });

  it.each([["000000\0 "], ["777777\0 "], ["abcdefgh"], ["        "]])(
    "whose checksum is %j",
    async (checksum) => {
      expect(await refusalOf(tarOf(GOOD, { name: "evil", raw: { checksum } }))).toMatchObject({
        code: "damaged",
      });
    },
  );
});

describe("a pax header is refused", () => {
  const texts: [string, string][] = [
    ["shorter than its record", "30 path=x\n"],
    ["without a length", " path=x\n"],
    ["with a negative length", "-9 path=x\n"],
    ["with a length of 0", "0 path=x\n"],
    ["with a length that begins with 0", "09 path=x\n"],
    ["with an enormous length", "99999999999999 path=x\n"],
    ["without an equals sign", "9 pathxx\n"],
    ["without a key", "5 =x\n"],
    ["without a line end", "9 path=xx"],
    ["with a zero byte in a name", paxText({ path: "a\0b" })],
    ["with a zero byte in a target", paxText({ linkpath: "a\0b" })],
    ["longer than may be", HUGE],
  ];
  it.each(texts)("%s", async (_, content) => {
    const bytes = tarOf(rawMember({ name: "pax", type: "x", content }), {
      name: "l",
      type: "2",
      linkName: "x",
    });
    expect(["damaged", "refused"]).toContain((await refusalOf(bytes)).code);
  });

  it("followed by nothing", async () => {
    expect(await refusalOf(tarOf(GOOD, pax({ path: "x" })))).toMatchObject({ code: "damaged" });
  });
});

describe("a name is refused", () => {
  const names: [string, string][] = [
    ["longer than may be", "n/".repeat(200) + "x".repeat(40_000)],
    ["deeper than may be", "d/".repeat(10_000)],
    ["with a part longer than any file system's", "x".repeat(256)],
  ];
  it.each(names)("%s, by pax and as a long name of GNU's", async (_, path) => {
    const file = { name: "short", content: "x" };
    expect((await refusalOf(tarOf(pax({ path }), file))).code).not.toBe("none");
    const long = rawMember({ name: "././@LongLink", type: "L", content: path });
    expect((await refusalOf(tarOf(long, file))).code).not.toBe("none");
  });

  it("of a symlink that leads to nothing, and without what a terminal would obey in the error", async () => {
    const name = "evil\u001b[2J\u202e";
    const { code, message } = await refusalOf(tarOf({ name, type: "2", linkName: "" }));
    expect(code).toBe("refused");
    expect(message).toContain("evil\\x1b[2J\\x202e");
  });
});

it("a member that replaces the root, or a directory that holds something, is refused", async () => {
  expect(await refusalOf(tarOf({ name: ".", content: "x" }))).toMatchObject({ code: "refused" });
  expect(await refusalOf(tarOf({ name: "./", type: "2", linkName: "x" }))).toMatchObject({ code: "refused" });
  const full = [
    { name: "d/file", content: "x" },
    { name: "d", content: "x" },
  ];
  expect(await refusalOf(tarOf(...full))).toMatchObject({ code: "refused" });
  const link = [
    { name: "d/link", type: "2", linkName: "x" },
    { name: "d", type: "2", linkName: "x" },
  ];
  expect(await refusalOf(tarOf(...link))).toMatchObject({ code: "refused" });
});

it("what is no tar at all is damaged", async () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from("text\n".repeat(500)),
    Buffer.alloc(100),
    Buffer.alloc(5000, 1),
  ]) {
    expect(await refusalOf(bytes)).toMatchObject({ code: "damaged" });
  }
  expect(await refusalOf(Buffer.concat([rawMember(GOOD), Buffer.alloc(512, 7), END]))).toMatchObject({
    code: "damaged",
  });
});
