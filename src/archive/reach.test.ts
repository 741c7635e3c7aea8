import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { deepTemporaryDirectory, makeDeepTree } from "../../test/fakes/deep-tree.ts";
import { Reach } from "./reach.ts";

const NAME = "d".repeat(200);
const names = (count: number): string[] => Array.from({ length: count }, () => NAME);
const deep = (count: number, ...rest: string[]): string => [...names(count), ...rest].join("/");

function deepRoot(count: number): string {
  const root = deepTemporaryDirectory();
  makeDeepTree(
    root,
    names(count).map((name) => Buffer.from(name)),
    { file: "at the end" },
  );
  return root;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("the reach of a directory", () => {
  it("names what is near by its path", () => {
    const reach = new Reach("/root");
    expect(reach.at(".")).toBe("/root");
    expect(reach.at("a/b")).toBe("/root/a/b");
  });

  it("reaches what is deep, in any order, and holds nothing once it is closed", () => {
    const root = deepRoot(50);
    const before = descriptors();
    const reach = new Reach(root);
    for (const count of [50, 20, 49, 1, 50]) {
      expect(lstatSync(reach.at(deep(count))).isDirectory(), `${count}`).toBe(true);
    }
    expect(readFileSync(reach.at(deep(50, "file")), "utf8")).toBe("at the end");
    reach.close();
    expect(descriptors()).toBe(before);
  });

  it("holds nothing after what is near was asked for", () => {
    const root = deepRoot(25);
    const before = descriptors();
    const reach = new Reach(root);
    reach.at(deep(25, "file"));
    expect(descriptors()).toBe(before + 1);
    reach.at("near");
    expect(descriptors()).toBe(before);
  });

  it("names each directory so that it can be renamed, also those that it held", () => {
    const root = deepRoot(41);
    const reach = new Reach(root);
    for (let count = 41; count > 1; count -= 1) {
      reach.at(deep(41, "file"));
      renameSync(reach.at(deep(count)), `${reach.at(deep(count))}2`);
      renameSync(`${reach.at(deep(count))}2`, reach.at(deep(count)));
    }
    reach.close();
  });

  it("follows no symlink that took a directory's place where it holds one", () => {
    const root = deepTemporaryDirectory();
    const outside = join(root, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), "not ours");
    makeDeepTree(
      join(root, "tree"),
      names(19).map((name) => Buffer.from(name)),
      {},
    );
    const reach = new Reach(join(root, "tree"));
    const last = "l".repeat(200);
    symlinkSync(outside, reach.at(deep(19, last)));
    expect(() => readFileSync(reach.at(deep(19, last, "f".repeat(200))))).toThrow(/ENOTDIR|ELOOP/);
    reach.close();
  });

  it("leaves it to the system to refuse a name that is too long", () => {
    const reach = new Reach("/tmp");
    expect(() => lstatSync(reach.at("n".repeat(5000)))).toThrow("ENAMETOOLONG");
  });
});
