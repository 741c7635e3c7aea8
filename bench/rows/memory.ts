/** Peak memory of backup and restore: 1,000,000 files and 20 GiB, most of it holes. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { Contender } from "../contender.ts";
import { makeSmallFiles, makeSparseFiles } from "../data/trees.ts";
import { megabytes, peakOf } from "../report/table.ts";
import type { Figures, Section } from "../report/section.ts";

const FILES = 1_000_000;
const MEDIAN_SIZE = 200;
const SPARSE_BYTES = 20 * 1024 ** 3;
const LIMIT_BYTES = 200e6;

export async function measureMemory(context: BenchContext): Promise<Section[]> {
  const tree = join(context.giantWork, "tree");
  mkdirSync(tree);
  try {
    makeSparseFiles(tree, Math.round(SPARSE_BYTES * context.scale), 7);
    makeSmallFiles(tree, { count: Math.round(FILES * context.scale), median: MEDIAN_SIZE }, 8);
    const backups: Figures[] = [];
    const restores: Figures[] = [];
    for (const kind of [undefined, ...(context.giantPeers ? context.peers : [])]) {
      const place = { tree, directory: join(context.giantWork, "place") };
      const contender = await Contender.start(kind, place, context);
      const { name: tool } = contender;
      backups.push({ tool, measures: [await contender.backup()], storedBytes: contender.storedBytes() });
      restores.push({ tool, measures: [await contender.restore()] });
      contender.end();
    }
    return [sectionOf("backup", backups), sectionOf("restore", restores)];
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function sectionOf(work: string, figures: readonly Figures[]): Section {
  const peak = peakOf(figures[0]?.measures ?? []);
  return {
    title: `Peak memory of ${work}: 1,000,000 files, 20 GiB of holes and data`,
    figures,
    goals: [{ text: `${megabytes(peak)} resident at most, goal ≤ 200 MB`, reached: peak <= LIMIT_BYTES }],
  };
}
