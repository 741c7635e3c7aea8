import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { describeTree } from "../../../test/fakes/captured-volume.ts";
import { PointChain } from "../../../test/fakes/point-chain.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const POINTS = 40;
const FILES_A_POINT = 3;

it("a tree whose files come in turn from many points, more than are held at a time, is restored whole", async () => {
  const work = temporaryDirectory();
  const root = join(work, "root");
  mkdirSync(root);
  const chain = new PointChain(root, work);
  for (let point = 0; point < POINTS; point += 1) {
    for (let file = 0; file < FILES_A_POINT; file += 1) {
      const name = `${file}-${String(point).padStart(2, "0")}`;
      writeFileSync(join(root, name), Buffer.alloc(2 ** 20 + point, `${name} `));
    }
    await chain.capture();
  }
  const last = chain.points.at(-1)!;
  expect(last.record.needs).toHaveLength(POINTS - 1);
  await chain.restore(last, join(work, "restored"));
  expect(describeTree(join(work, "restored"))).toEqual(describeTree(root));
}, 60_000);
