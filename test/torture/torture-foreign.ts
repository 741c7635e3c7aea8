/** Random trees, each archived and read by GNU tar, bsdtar and Python's tarfile, which must all agree with it. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { captureVolume } from "../fakes/captured-volume.ts";
import { makeOddTree, oddTrees } from "../fakes/odd-trees.ts";
import { treeByPython } from "../fakes/python-tree.ts";
import { disagreementsOn } from "../fakes/reader-agreement.ts";

export async function tortureForeign({ trees, seed }: { trees: number; seed: number }): Promise<void> {
  const asRoot = process.geteuid?.() === 0;
  let done = 0;
  let entries = 0;
  const agreement = fc.asyncProperty(oddTrees({ asRoot }), async (tree) => {
    const work = mkdtempSync(join(tmpdir(), "holdfast-"));
    try {
      const root = join(work, "root");
      makeOddTree(root, tree, { asRoot });
      const seen = treeByPython(root);
      mkdirSync(join(work, "readers"));
      const at = { tree: seen, work: join(work, "readers") };
      const differences = await disagreementsOn(await captureVolume(root), at);
      if (differences.length > 0) throw new Error(differences.join("\n"));
      entries += Object.keys(seen).length;
      if (++done % 20 === 0) console.log(`${done} trees`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  await fc.assert(agreement, { numRuns: trees, seed });
  console.log(`seed ${seed}: three foreign readers agree on ${done} trees of ${entries} entries`);
}
