import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { swapContents } from "./swap-contents.ts";

function stage(): { target: string; swap: Parameters<typeof swapContents>[0] } {
  const target = temporaryDirectory();
  const staging = ".staging";
  const fresh = join(target, staging, "new");
  mkdirSync(fresh, { recursive: true });
  writeFileSync(join(target, "both"), "old");
  writeFileSync(join(target, "only-old"), "old");
  writeFileSync(join(fresh, "both"), "new");
  return { target, swap: { fresh, target, aside: join(target, staging, "old"), staging } };
}

describe("swapping the content of a directory that stays where it is", () => {
  it("replaces what was there and keeps it aside", async () => {
    const { target, swap } = stage();
    await swapContents(swap);
    expect(readdirSync(target).sort()).toEqual([".staging", "both"]);
    expect(readFileSync(join(target, "both"), "utf8")).toBe("new");
    expect(readdirSync(swap.aside).sort()).toEqual(["both", "only-old"]);
  });

  it("puts everything back when one move fails", async () => {
    const { target, swap } = stage();
    // Cannot take the place of the staging directory, which is not empty.
    mkdirSync(join(swap.fresh, ".staging"));
    const before = statSync(target, { bigint: true }).mtimeNs;
    await expect(swapContents(swap)).rejects.toThrow(/ENOTEMPTY|EEXIST|EINVAL|EBUSY/);
    expect(readdirSync(target).sort()).toEqual([".staging", "both", "only-old"]);
    expect(readFileSync(join(target, "both"), "utf8")).toBe("old");
    expect(statSync(target, { bigint: true }).mtimeNs).toBe(before);
  });
});
