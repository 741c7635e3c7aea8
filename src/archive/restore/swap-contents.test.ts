import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { describe, expect, it } from "vitest";

import { errno, scriptedMoves, type ScriptedMoves } from "../../../test/fakes/restore-moves.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { swapContents } from "./swap-contents.ts";
import type { Swap } from "./swap-directory.ts";

const BASE = ".holdfast-restore-0123456789ab-1-2-0123456789ab";

/** A target of three entries, of which the fresh tree has one. */
function stage(script: ScriptedMoves = {}): Swap {
  const target = temporaryDirectory();
  const [fresh, old, meanwhile] = ["new", "old", "meanwhile"].map((part) => join(target, `${BASE}.${part}`));
  mkdirSync(join(target, "sub"));
  mkdirSync(join(fresh!, "sub"), { recursive: true });
  for (const name of ["both", "only-old", "sub/file"]) writeFileSync(join(target, name), "old");
  for (const name of ["both", "sub/file"]) writeFileSync(join(fresh!, name), "new");
  return { target, fresh: fresh!, old: old!, meanwhile: meanwhile!, moves: scriptedMoves(script) };
}

function namesIn(target: string): string[] {
  return readdirSync(target)
    .filter((name) => !name.startsWith(BASE))
    .sort();
}

const textOf = (...path: string[]): string => readFileSync(join(...path), "utf8");

describe("swapping the content of a directory that stays where it is", () => {
  it("replaces what was there and keeps it aside", async () => {
    const swap = stage();
    expect(await swapContents(swap)).toEqual([]);
    expect(namesIn(swap.target)).toEqual(["both", "sub"]);
    expect(textOf(swap.target, "both")).toBe("new");
    expect(readdirSync(swap.old).sort()).toEqual(["both", "only-old", "sub"]);
  });

  it.each([0, 1, 2, 3, 4])("puts everything back when move %s fails", async (failing) => {
    const before = (_from: string, _to: string, count: number): void => {
      if (count === failing) throw errno("EACCES");
    };
    const swap = stage({ before });
    const { mtimeNs } = statSync(swap.target, { bigint: true });
    await expect(swapContents(swap)).rejects.toMatchObject({ code: "EACCES" });
    expect(namesIn(swap.target)).toEqual(["both", "only-old", "sub"]);
    expect([textOf(swap.target, "both"), textOf(swap.target, "sub/file")]).toEqual(["old", "old"]);
    expect(readdirSync(swap.old)).toEqual([]);
    expect(readdirSync(swap.fresh).sort()).toEqual(["both", "sub"]);
    expect(statSync(swap.target, { bigint: true }).mtimeNs).toBe(mtimeNs);
  });

  it("moves aside, and keeps, what somebody makes in the target between its two moves", async () => {
    let made = 0;
    const before = (from: string): void => {
      const isFresh = from.includes(`${BASE}.new`);
      if (!isFresh || made++ > 1) return;
      // Once as a directory that is not empty, once as a file: a rename would refuse the one and replace the other.
      mkdirSync(join(swap.target, "sub"), { recursive: true });
      writeFileSync(join(swap.target, "sub/of-the-app"), "app");
      writeFileSync(join(swap.target, "both"), "app");
    };
    const swap = stage({ before });
    await swapContents(swap);
    expect([textOf(swap.target, "both"), textOf(swap.target, "sub/file")]).toEqual(["new", "new"]);
    expect(existsSync(join(swap.target, "sub/of-the-app"))).toBe(false);
    const kept = readdirSync(swap.meanwhile, { recursive: true, encoding: "utf8" }).map((name) =>
      basename(name),
    );
    expect(kept).toEqual(expect.arrayContaining(["both", "of-the-app"]));
    expect(readdirSync(swap.old).sort()).toEqual(["both", "only-old", "sub"]);
  });

  it("puts back what it can when somebody keeps making something, and the rest stays aside", async () => {
    const before = (_from: string, to: string): void => {
      if (to !== join(swap.target, "sub")) return;
      mkdirSync(to, { recursive: true });
      writeFileSync(join(to, "of-the-app"), "app");
    };
    const swap = stage({ before });
    await expect(swapContents(swap)).rejects.toThrow(/EEXIST.*EEXIST/);
    expect(namesIn(swap.target)).toEqual(["both", "only-old", "sub"]);
    expect([textOf(swap.target, "both"), textOf(swap.target, "sub/of-the-app")]).toEqual(["old", "app"]);
    expect(readdirSync(swap.old)).toEqual(["sub"]);
    expect(textOf(swap.old, "sub/file")).toBe("old");
  });

  it("goes on when something of the target is removed by somebody else", async () => {
    const before = (from: string): void => {
      if (from === join(swap.target, "only-old")) throw errno("ENOENT");
    };
    const swap = stage({ before });
    await swapContents(swap);
    expect(textOf(swap.target, "both")).toBe("new");
  });
});
