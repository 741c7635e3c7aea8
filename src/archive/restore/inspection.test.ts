/** What is looked at of a restored tree is the tree that comes, and nothing of the target has changed by then. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  captureVolume,
  describeTree,
  readersOf,
  restoreHere,
  type CapturedVolume,
} from "../../../test/fakes/captured-volume.ts";
import { writeFiles } from "../../../test/fakes/staging.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Inspection, RestoreTreeOptions } from "../restore-tree.ts";

type Kind = Pick<RestoreTreeOptions, "onExisting" | "inPlace">;

const IN_PLACE = { title: "it", keepOld: false, keptName: ".holdfast-old-x", sourceBytes: 0, onTrial: false };
const KINDS: [string, Kind][] = [
  ["to a directory", { onExisting: "replace" }],
  ["in place", { onExisting: "replace", inPlace: { ...IN_PLACE, delta: false } }],
  ["in place, of what has changed", { onExisting: "replace", inPlace: { ...IN_PLACE, delta: true } }],
];

async function captured(): Promise<CapturedVolume> {
  const from = temporaryDirectory();
  writeFiles(from, { "a/same": "same", "a/file": "new" });
  return captureVolume(from);
}

/** In a directory that holds nothing else. */
function target(): { parent: string; path: string } {
  const parent = temporaryDirectory();
  const path = join(parent, "target");
  mkdirSync(path);
  writeFiles(path, { "a/same": "same", "a/file": "old", mine: "mine" });
  return { parent, path };
}

async function restored(kind: Kind, path: string, inspect: Inspection["inspect"]) {
  const noted: string[] = [];
  const result = restoreHere({
    ...{ ...readersOf(await captured()), ...kind, target: path },
    inspection: { note: (entry) => noted.push(entry.path), inspect },
  });
  return { ...(await result), noted };
}

describe.each(KINDS)("a restore %s", (_, kind) => {
  it("lets the whole tree be looked at, and gives the warnings of it", async () => {
    const { parent, path } = target();
    const { warnings, noted } = await restored(kind, path, async ({ at, scratch }) => {
      expect(readFileSync(at("a/file"), "utf8")).toBe("new");
      expect(readFileSync(at("a/same"), "utf8")).toBe("same");
      expect(readFileSync(join(path, "a/file"), "utf8")).toBe("old");
      expect(readdirSync(scratch)).toEqual([]);
      writeFileSync(join(scratch, "left"), "");
      return ["look at that"];
    });
    expect(warnings).toEqual(["look at that"]);
    expect(noted).toEqual([".", "a", "a/file", "a/same"]);
    expect(readdirSync(parent)).toEqual(["target"]);
    expect(readdirSync(path)).toEqual(["a"]);
  });

  it("comes to nothing when that throws, and leaves no trace", async () => {
    const { parent, path } = target();
    const before = describeTree(parent);
    const why = new HoldfastError("refused", { what: "Restoring", why: "it does not open" });
    await expect(restored(kind, path, () => Promise.reject(why))).rejects.toBe(why);
    before.delete(".");
    const after = describeTree(parent);
    after.delete(".");
    expect(after).toEqual(before);
  });
});

it("a restore to a new directory makes none when what is looked at is refused", async () => {
  const path = join(temporaryDirectory(), "new/target");
  const refuse = () => Promise.reject(new Error("no"));
  await expect(restored({ onExisting: "refuse" }, path, refuse)).rejects.toThrow("no");
  expect(existsSync(join(path, ".."))).toBe(false);
});
