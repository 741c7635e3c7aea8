import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { asNobody } from "../../../test/fakes/as-nobody.ts";
import { captureVolume, describeTree, readersOf, restoreHere } from "../../../test/fakes/captured-volume.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const MODES = [0o000, 0o400, 0o444, 0o600, 0o640, 0o644, 0o666, 0o755, 0o777, 0o1644, 0o2755, 0o4755, 0o6777];
const OWNERS = [
  [0, 0],
  [0, 1234],
  [1234, 0],
  [1234, 4321],
] as const;

const isRoot = process.geteuid?.() === 0;
const umask = process.umask();
afterEach(() => void process.umask(umask));

function makeTree(root: string): void {
  for (const [uid, gid] of isRoot ? OWNERS : [])
    for (const mode of MODES) {
      const path = join(root, `${uid}-${gid}-${mode.toString(8)}`);
      writeFileSync(path, "x");
      chownSync(path, uid, gid);
      chmodSync(path, mode);
    }
}

describe.runIf(isRoot)("owners and modes of new files", () => {
  it.each([0o000, 0o022, 0o027, 0o077, 0o777])("are those of the index under umask %i", async (mask) => {
    const [root, work] = [temporaryDirectory(), temporaryDirectory()];
    makeTree(root);
    const point = await captureVolume(root);
    const target = join(work, "restored");
    process.umask(mask);
    await restoreHere({ ...readersOf(point), target, onExisting: "refuse" });
    process.umask(umask);
    expect(describeTree(target)).toEqual(describeTree(root));
  });

  it("are those of the index where the directory above gives its own group", async () => {
    const [root, work] = [temporaryDirectory(), temporaryDirectory()];
    makeTree(root);
    const point = await captureVolume(root);
    const target = join(work, "shared/restored");
    mkdirSync(join(work, "shared"));
    chownSync(join(work, "shared"), 0, 4321);
    chmodSync(join(work, "shared"), 0o2775);
    await restoreHere({ ...readersOf(point), target, onExisting: "refuse" });
    expect(describeTree(target)).toEqual(describeTree(root));
  });

  it("are, for who is not root, the own ones with a warning, and never setuid", async () => {
    const [root, work] = [temporaryDirectory(), temporaryDirectory()];
    makeTree(root);
    const point = await captureVolume(root);
    const target = join(work, "restored");
    const { warnings } = await asNobody(work, () =>
      restoreHere({ ...readersOf(point), target, onExisting: "refuse" }),
    );
    const found = [...describeTree(target)].filter(([path]) => path !== ".");
    expect(found).toHaveLength(MODES.length * OWNERS.length);
    for (const [path, facts] of found) {
      const mode = Number.parseInt(path.slice(path.lastIndexOf("-") + 1), 8) & 0o1777;
      expect(facts).toMatch(new RegExp(`^10${mode.toString(8).padStart(4, "0")} 65534 65534 `));
    }
    expect(warnings.join("\n")).toMatch(/owners were not restored.*\n.*setuid and setgid were not restored/);
  });
});
