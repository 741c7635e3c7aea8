import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changeSmallFiles, makeLargeFiles, makeSmallFiles, makeSparseFiles, sizeOfTree } from "./trees.ts";

const SMALL = { count: 500, median: 100 };
const MIB = 1024 * 1024;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const contentOf = (tree: string): Map<string, string> =>
  new Map(
    readdirSync(join(root, tree), { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(root, tree, name)).isFile())
      .map((name) => [name, readFileSync(join(root, tree, name), "base64")]),
  );

test("the same seed makes the same tree, another seed another", () => {
  for (const [tree, seed] of Object.entries({ first: 1, again: 1, other: 2 })) {
    makeLargeFiles(join(root, tree), 2.5 * MIB, seed);
    makeSmallFiles(join(root, tree), SMALL, seed);
  }

  expect(contentOf("again")).toEqual(contentOf("first"));
  expect(contentOf("other")).not.toEqual(contentOf("first"));
});

test("large files hold the bytes asked for, small files are as many as asked for", () => {
  makeLargeFiles(root, 17 * MIB + 1, 1);
  expect(sizeOfTree(root)).toEqual({ files: 2, bytes: 17 * MIB + 1 });

  makeSmallFiles(root, SMALL, 1);
  expect(sizeOfTree(root).files).toBe(2 + SMALL.count);
});

test("a change rewrites the share asked for", () => {
  makeSmallFiles(join(root, "tree"), SMALL, 1);
  const before = contentOf("tree");
  changeSmallFiles(join(root, "tree"), SMALL, 0.02, 2);
  const after = contentOf("tree");
  const changed = [...after].filter(([name, content]) => before.get(name) !== content);

  expect(after.size).toBe(before.size);
  expect(changed).toHaveLength(10);
});

test("sparse files have holes", () => {
  makeSparseFiles(root, 64 * MIB, 1);
  const { size, blocks } = statSync(join(root, "sparse", "image-0.raw"));

  expect(size).toBe(64 * MIB);
  expect(blocks * 512).toBeLessThan(16 * MIB);
});
