import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { asNobody } from "../../../test/fakes/as-nobody.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { systemMoves } from "./moves.ts";

const isRoot = process.geteuid?.() === 0;

function stage(): { at: (name: string) => Buffer; path: (name: string) => string; root: string } {
  const root = temporaryDirectory();
  const path = (name: string): string => join(root, name);
  return { root, path, at: (name) => Buffer.from(path(name)) };
}

describe("a move", () => {
  it("never replaces a file or an empty directory", async () => {
    const { at, path } = stage();
    writeFileSync(path("a"), "a");
    writeFileSync(path("b"), "b");
    mkdirSync(path("c"));
    await expect(systemMoves.move(at("a"), at("b"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(systemMoves.move(at("c"), at("b"))).rejects.toMatchObject({ code: "EEXIST" });
    expect(readFileSync(path("b"), "utf8")).toBe("b");
  });

  it("takes names that are not UTF-8", async () => {
    const { at, root } = stage();
    const odd = Buffer.concat([at("x"), Buffer.from([0xff])]);
    writeFileSync(odd, "");
    await systemMoves.move(odd, at("plain"));
    expect(readdirSync(root)).toEqual(["plain"]);
  });

  it.runIf(isRoot)("gives another parent to a read-only directory of a user who is not root", async () => {
    const { at, path, root } = stage();
    await asNobody(root, async () => {
      mkdirSync(path("from/read-only"), { recursive: true });
      mkdirSync(path("to"));
      chmodSync(path("from/read-only"), 0o555);
      await systemMoves.move(at("from/read-only"), at("to/read-only"));
    });
    expect(statSync(path("to/read-only")).mode & 0o777).toBe(0o555);
  });
});

describe.runIf(process.platform === "linux")("an exchange", () => {
  it("gives each directory the other's content, also under names that are not ASCII", async () => {
    const { at, path } = stage();
    for (const name of ["žluť", "b"]) mkdirSync(path(name));
    writeFileSync(path("žluť/of-a"), "");
    expect(await systemMoves.exchange(at("žluť"), at("b"))).toBe(true);
    expect([readdirSync(path("žluť")), readdirSync(path("b"))]).toEqual([[], ["of-a"]]);
  });

  it("changes nothing and says so when one of them is not there", async () => {
    const { at, path, root } = stage();
    mkdirSync(path("a"));
    await expect(systemMoves.exchange(at("a"), at("b"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(root)).toEqual(["a"]);
  });
});
