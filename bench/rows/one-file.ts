/** One file of 1 MB out of an archive of 10 GiB: how long someone waits for it. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { Contender } from "../contender.ts";
import { makeLargeFiles, makeOneFile, makeSmallFiles, ONE_FILE, ONE_FILE_BYTES } from "../data/trees.ts";
import type { Measure } from "../measure.ts";
import { bestOf } from "../report/table.ts";
import type { Figures, Section } from "../report/section.ts";

const LARGE_BYTES = 10 * 1024 ** 3;
const SMALL_FILES = 20_000;
const MEDIAN_SIZE = 1500;
const LIMIT_SECONDS = 0.5;

export async function measureOneFile(context: BenchContext): Promise<Section[]> {
  const tree = join(context.giantWork, "tree");
  mkdirSync(tree);
  try {
    makeLargeFiles(tree, Math.round(LARGE_BYTES * context.scale), 4);
    makeOneFile(tree, 5);
    makeSmallFiles(tree, { count: Math.round(SMALL_FILES * context.scale), median: MEDIAN_SIZE }, 6);
    const figures: Figures[] = [];
    for (const kind of [undefined, ...(context.giantPeers ? context.peers : [])]) {
      const of = await figuresOf(
        await Contender.start(kind, placeOf(tree, context), context),
        context.rounds,
      );
      if (of !== undefined) figures.push(of);
    }
    return [sectionOf(figures)];
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function placeOf(tree: string, { giantWork }: BenchContext) {
  return { tree, directory: join(giantWork, "place") };
}

async function figuresOf(contender: Contender, rounds: number): Promise<Figures | undefined> {
  if (!contender.restoresOneFile) {
    contender.end();
    return undefined;
  }
  await contender.backup();
  const measures: Measure[] = [];
  for (let round = 0; round < Math.max(rounds, 5); round += 1)
    measures.push(await contender.restoreFile(ONE_FILE, ONE_FILE_BYTES));
  const storedBytes = contender.storedBytes();
  contender.end();
  return { tool: contender.name, measures, storedBytes };
}

function sectionOf(figures: readonly Figures[]): Section {
  const best = bestOf(figures[0]?.measures ?? []);
  return {
    title: "One file of 1 MB from an archive of 10 GiB",
    figures,
    goals: [
      {
        text: `${Math.round(best * 1000)} ms for the whole process, goal < 500 ms`,
        reached: best < LIMIT_SECONDS,
      },
    ],
  };
}
