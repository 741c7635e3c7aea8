/** The first full and the full restore of it: 1 GiB of large files of mixed content, and 50,000 small ones. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { Contender } from "../contender.ts";
import { makeLargeFiles, makeSmallFiles } from "../data/trees.ts";
import type { Measure } from "../measure.ts";
import type { Section } from "../report/section.ts";

const LARGE_BYTES = 1024 ** 3;
const SMALL_FILES = 50_000;
const MEDIAN_SIZE = 1500;

const BACKUP_GOALS = new Map([
  ["tar + zstd", 1],
  ["restic", 0.8],
  ["borg", 0.6],
]);
const RESTORE_GOALS = new Map([
  ["tar + zstd", 1],
  ["restic", 0.7],
]);

interface Taken {
  tool: string;
  backups: Measure[];
  restores: Measure[];
  storedBytes: number;
}

export async function measureFull(context: BenchContext): Promise<Section[]> {
  const tree = join(context.work, "tree");
  mkdirSync(tree);
  try {
    makeLargeFiles(tree, Math.round(LARGE_BYTES * context.scale), 1);
    makeSmallFiles(tree, { count: Math.round(SMALL_FILES * context.scale), median: MEDIAN_SIZE }, 2);
    const taken = await takeRounds(tree, context);
    return sectionsOf(taken);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** One repository is there at a time: with all of them, the work would not fit in memory. */
async function takeRounds(tree: string, context: BenchContext): Promise<Taken[]> {
  const taken = new Map<string, Taken>();
  for (let round = 0; round < context.rounds; round += 1) {
    for (const kind of [undefined, ...context.peers]) {
      const contender = await Contender.start(
        kind,
        { tree, directory: join(context.work, "place") },
        context,
      );
      const { name: tool } = contender;
      const of = taken.get(tool) ?? { tool, backups: [], restores: [], storedBytes: 0 };
      taken.set(tool, of);
      of.backups.push(await contender.backup());
      of.storedBytes = contender.storedBytes();
      of.restores.push(await contender.restore());
      contender.end();
    }
  }
  return [...taken.values()];
}

function sectionsOf(taken: readonly Taken[]): Section[] {
  return [
    {
      title: "First full: 1 GiB mixed and 50,000 small files",
      figures: taken.map(({ tool, backups: measures, storedBytes }) => ({
        tool,
        measures,
        storedBytes,
        goal: BACKUP_GOALS.get(tool),
      })),
    },
    {
      title: "Full restore of it",
      figures: taken.map(({ tool, restores: measures }) => ({
        tool,
        measures,
        goal: RESTORE_GOALS.get(tool),
      })),
    },
  ];
}
