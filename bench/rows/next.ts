/** The run after a full: once with nothing changed, once with 1 % of the files rewritten; 200,000 files. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { Contender } from "../contender.ts";
import { changeSmallFiles, makeSmallFiles, type SmallFiles } from "../data/trees.ts";
import type { Measure } from "../measure.ts";
import type { Figures, Section } from "../report/section.ts";

const FILES = 200_000;
const MEDIAN_SIZE = 1500;
const CHANGED_SHARE = 0.01;
const STORED_SHARE = 0.01;

interface Racer {
  contender: Contender;
  fullBytes: number;
}

export async function measureNext(context: BenchContext): Promise<Section[]> {
  const tree = join(context.work, "tree");
  const files: SmallFiles = { count: Math.round(FILES * context.scale), median: MEDIAN_SIZE };
  mkdirSync(tree);
  try {
    makeSmallFiles(tree, files, 3);
    const racers = await withFulls(tree, context);
    const unchanged = await takeRounds(racers, context, () => undefined);
    const changed = await takeRounds(racers, context, (round) =>
      changeSmallFiles(tree, files, CHANGED_SHARE, 100 + round),
    );
    for (const { contender } of racers) contender.end();
    return [unchangedSection(unchanged, racers), changedSection(changed)];
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** tar has no next run: it would be another full. */
async function withFulls(tree: string, context: BenchContext): Promise<Racer[]> {
  const racers: Racer[] = [];
  for (const kind of [undefined, ...context.peers.filter(({ name }) => name !== "tar + zstd")]) {
    const directory = join(context.work, `place-${kind?.name ?? "holdfast"}`);
    const contender = await Contender.start(kind, { tree, directory }, context);
    const before = contender.storedBytes();
    await contender.backup();
    racers.push({ contender, fullBytes: contender.storedBytes() - before });
  }
  return racers;
}

async function takeRounds(
  racers: readonly Racer[],
  { rounds }: BenchContext,
  prepare: (round: number) => void,
): Promise<Figures[]> {
  const taken = racers.map(({ contender }) => ({
    tool: contender.name,
    measures: [] as Measure[],
    storedBytes: 0,
  }));
  for (let round = 0; round < rounds; round += 1) {
    prepare(round);
    for (const [i, { contender }] of racers.entries()) {
      const before = contender.storedBytes();
      taken[i]?.measures.push(await contender.backup());
      if (taken[i] !== undefined) taken[i].storedBytes = contender.storedBytes() - before;
    }
  }
  return taken;
}

function unchangedSection(figures: readonly Figures[], racers: readonly Racer[]): Section {
  const shares = figures.map(({ tool, storedBytes = 0 }, i) => ({
    tool,
    share: storedBytes / (racers[i]?.fullBytes ?? 0),
  }));
  return {
    title: "Next run, nothing changed: 200,000 files",
    figures: figures.map((of) => ({ ...of, goal: of.tool === "restic" ? 0.5 : undefined })),
    goals: shares.slice(0, 1).map(({ share }) => ({
      text: `stored ${percent(share)} of the full (${shares
        .slice(1)
        .map((of) => `${of.tool} ${percent(of.share)}`)
        .join(", ")}), goal < 1 %`,
      reached: share < STORED_SHARE,
    })),
  };
}

function changedSection(figures: readonly Figures[]): Section {
  return {
    title: "Next run, 1 % of 200,000 files changed",
    figures: figures.map((of) => ({ ...of, goal: of.tool === "restic" ? 0.7 : undefined })),
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
