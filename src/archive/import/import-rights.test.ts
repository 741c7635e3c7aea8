/** What an archive holds beside content: extended attributes, FIFOs, device nodes; and which of it gives rights. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { captureVolume } from "../../../test/fakes/captured-volume.ts";
import { missingPrograms } from "../../../test/fakes/documented-commands.ts";
import { setXattrs, treeByPython } from "../../../test/fakes/python-tree.ts";
import { importBytes, pax, rawMember, tarOf } from "../../../test/fakes/raw-tar.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const isRoot = process.geteuid?.() === 0;
const missing = missingPrograms("tar", "bsdtar", "python3");
const ACL = "0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000000ffffffff";
const CAPABILITY = "0100000200040000000000000000000000000000";

function makeTree(root: string): void {
  fs.mkdirSync(join(root, "directory"), { recursive: true });
  fs.writeFileSync(join(root, "file"), "content");
  fs.writeFileSync(join(root, "program"), "x", { mode: 0o755 });
  fs.symlinkSync("file", join(root, "link"));
  execFileSync("mkfifo", ["-m", "640", join(root, "fifo")]);
  setXattrs([
    { path: join(root, "file"), name: "user.binary", hex: "00ff0a3d62696eff" },
    { path: join(root, "file"), name: "user.žluť", hex: "76" },
    { path: join(root, "file"), name: "system.posix_acl_access", hex: ACL },
    { path: join(root, "directory"), name: "user.empty", hex: "" },
  ]);
}

describe.skipIf(missing.length > 0)("an archive with extended attributes", () => {
  const writers: [string, (root: string, file: string) => Promise<void> | void][] = [
    ["ours", async (root, file) => fs.writeFileSync(file, (await captureVolume(root)).archive)],
    [
      "GNU tar's",
      (root, file) =>
        void execFileSync("tar", [
          "--xattrs",
          "--xattrs-include=*",
          "--format=posix",
          "-cf",
          file,
          "-C",
          root,
          ".",
        ]),
    ],
    ["bsdtar's", (root, file) => void execFileSync("bsdtar", ["--format=pax", "-cf", file, "-C", root, "."])],
  ];
  it.each(writers)("of %s comes back with them", async (writer, write) => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"));
    await write(join(work, "root"), join(work, "it"));
    const { warnings } = await importBytes(fs.readFileSync(join(work, "it")), join(work, "out"));
    const before = treeByPython(join(work, "root"));
    const after = treeByPython(join(work, "out"));
    if (writer === "bsdtar's") {
      // It writes ACLs as text only.
      expect(warnings.join()).toMatch(/ACLs were not restored, because they are there as text only: .*file/);
      for (const tree of [before, after]) for (const facts of Object.values(tree)) delete facts["mode"];
      delete (before["2e2f66696c65 ./file"]?.["xattrs"] as Record<string, string>)["system.posix_acl_access"];
    } else expect(warnings).toEqual([]);
    expect(after).toEqual(before);
  });

  it.skipIf(!isRoot)("leaves out those that give rights unless they are asked for", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"));
    setXattrs([
      { path: join(work, "root/program"), name: "security.capability", hex: CAPABILITY },
      { path: join(work, "root/program"), name: "trusted.note", hex: "54" },
      { path: join(work, "root/program"), name: "user.kept", hex: "01" },
    ]);
    const { archive } = await captureVolume(join(work, "root"));
    const { warnings } = await importBytes(archive, join(work, "without"));
    const xattrsIn = (tree: string): unknown =>
      treeByPython(join(work, tree))["2e2f70726f6772616d ./program"]?.["xattrs"];
    expect(xattrsIn("without")).toEqual({ "user.kept": "01" });
    expect(warnings.join()).toContain("file capabilities, were left out of 1 entries");
    await importBytes(archive, join(work, "with"), { keepSetuid: true });
    expect(xattrsIn("with")).toEqual(xattrsIn("root"));
  });

  it("survives names that no attribute has", async () => {
    const target = join(temporaryDirectory(), "target");
    const odd = [
      "",
      "user.",
      "__proto__",
      "user.a%00b",
      "constructor",
      "user." + "x".repeat(300),
      "nope.nope",
    ];
    const records = Object.fromEntries(odd.map((name) => [`SCHILY.xattr.${name}`, "value"]));
    const both = { "LIBARCHIVE.xattr.user.good": "!!!", "SCHILY.xattr.user.good": "good" };
    const bytes = tarOf(pax({ ...records, ...both }), { name: "file", content: "x" });
    await importBytes(bytes, target);
    expect(fs.readFileSync(join(target, "file"), "utf8")).toBe("x");
    expect(treeByPython(target)["2e2f66696c65 ./file"]?.["xattrs"]).toEqual({ "user.good": "676f6f64" });
  });
});

function device(name: string, type: "3" | "4", numbers: string): Buffer {
  const header = rawMember({ name, type, raw: { checksum: "" } });
  header.write(numbers, 329, "latin1");
  header.write("        ", 148, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

describe("FIFOs and devices of an archive", () => {
  const bytes = tarOf(
    { name: "queue", type: "6", mode: 0o622 },
    device("null", "3", "0000001\u00000000003\0"),
    { name: "file", content: "file" },
    { name: "file", type: "6" },
    { name: "queue/below", content: "x" },
  ).subarray(0, 4 * 512 + 512);

  it("come back as FIFOs, and devices only when they are asked for", async () => {
    const work = temporaryDirectory();
    const whole = Buffer.concat([bytes, Buffer.alloc(1024)]);
    const { warnings } = await importBytes(whole, join(work, "without"));
    expect(fs.readdirSync(join(work, "without")).sort()).toEqual(["file", "queue"]);
    const queue = fs.lstatSync(join(work, "without/queue"));
    expect({ isFifo: queue.isFIFO(), mode: queue.mode & 0o777 }).toEqual({ isFifo: true, mode: 0o622 });
    expect(warnings.join()).toContain(
      "device nodes were not restored, because --special was not given: null",
    );
    if (!isRoot) return;
    await importBytes(whole, join(work, "with"), { withDevices: true });
    expect(fs.lstatSync(join(work, "with/null"), { bigint: true }).rdev).toBe(0x103n);
  });

  it("are never written through: an entry below one is refused", async () => {
    const work = temporaryDirectory();
    const evil = tarOf({ name: "queue", type: "6" }, { name: "queue/below", content: "x" });
    await expect(importBytes(evil, join(work, "target"))).rejects.toMatchObject({ code: "refused" });
    expect(fs.readdirSync(work)).toEqual([]);
  });
});

describe("an encrypted archive is told from a damaged one", () => {
  const encrypted: [string, Buffer][] = [
    ["age", Buffer.from("age-encryption.org/v1\n-> X25519 …")],
    ["age", Buffer.from("-----BEGIN AGE ENCRYPTED FILE-----\n")],
    ["gpg", Buffer.from("-----BEGIN PGP MESSAGE-----\n")],
    ["gpg", Buffer.from("85020c03aabbccdd", "hex")],
    ["gpg", Buffer.from("845e03aabbccddee", "hex")],
    ["gpg", Buffer.from("8c0d0409030256", "hex")],
    ["gpg", Buffer.from("c13f0312345678", "hex")],
  ];
  it.each(encrypted)("by %s", async (tool, start) => {
    const imported = importBytes(
      Buffer.concat([start, Buffer.alloc(2000, 7)]),
      join(temporaryDirectory(), "out"),
    );
    await expect(imported).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(
        new RegExp(`encrypted with ${tool}.*decrypt it first: .${tool} -d`),
      ) as string,
    });
  });
});
