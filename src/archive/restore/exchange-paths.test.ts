import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { exchangePaths } from "./exchange-paths.ts";

describe.runIf(process.platform === "linux")("exchanging two directories", () => {
  it("gives each the other's content, also under names that are not ASCII", () => {
    const root = temporaryDirectory();
    const [a, b] = [join(root, "žluť"), join(root, "b")];
    for (const folder of [a, b]) mkdirSync(folder);
    writeFileSync(join(a, "of-a"), "");
    expect(exchangePaths(a, b)).toBe(true);
    expect([readdirSync(a), readdirSync(b)]).toEqual([[], ["of-a"]]);
  });

  it("changes nothing and says so when one of them is not there", () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, "a"));
    expect(exchangePaths(join(root, "a"), join(root, "b"))).toBe(false);
    expect(readdirSync(root)).toEqual(["a"]);
  });
});
