/** Live databases: a capture and a check of 1 GiB of DuckDB, and what looking for databases costs among 100,000 files. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { Contender } from "../contender.ts";
import { makeSmallFiles } from "../data/trees.ts";
import { measure, run, type Measure } from "../measure.ts";
import { megabytes, peakOf } from "../report/table.ts";
import type { Figures, Section } from "../report/section.ts";
import type { Command } from "../tools/tool.ts";

const BYTES = 1024 ** 3;
const FILES = 100_000;
const MEDIAN_SIZE = 1500;
const CAPTURE_GOAL = 1.1;
const CHECK_SECONDS = 2.5;
const CHECK_PEAK = 600e6;
const DETECTION_SHARE = 0.02;

export async function measureDatabases(context: BenchContext): Promise<Section[]> {
  return [...(await measureDuckdb(context)), await measureDetection(context)];
}

async function measureDuckdb(context: BenchContext): Promise<Section[]> {
  const directory = join(context.work, "duckdb");
  const database = join(directory, "bench.duckdb");
  const scratch = join(directory, "scratch");
  mkdirSync(directory);
  try {
    await run(program("make-duckdb", database, String(Math.round(BYTES * context.scale))), context.signal);
    const inScratch = (command: Command) => async () => {
      mkdirSync(scratch);
      try {
        return await measure(command, context.signal);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    };
    const cp = (how: string) => ({
      program: "cp",
      args: [`--reflink=${how}`, database, join(scratch, "copy")],
    });
    const taken = await takeRounds(context, {
      capture: inScratch(program("capture-duckdb", database, scratch)),
      cp: inScratch(cp("auto")),
      check: () => measure(program("check-duckdb", database), context.signal),
      "capture and check": inScratch(program("capture-duckdb", database, scratch, "check")),
      nothing: () => measure({ program: process.execPath, args: ["-e", ""] }, context.signal),
    });
    return sectionsOf(taken);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Taken = Record<string, Measure[]>;

/** In turns, so that what else the machine does falls on all. */
async function takeRounds(
  { rounds, progress }: BenchContext,
  works: Record<string, () => Promise<Measure>>,
): Promise<Taken> {
  const taken: Taken = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(works)) {
      const measured = await work();
      progress(`${name}: ${measured.seconds.toFixed(2)} s, ${measured.cpuSeconds.toFixed(2)} s of processor`);
      (taken[name] ??= []).push(measured);
    }
  }
  return taken;
}

function sectionsOf(taken: Taken): Section[] {
  const of = (name: string): Measure[] => taken[name] ?? [];
  const least = (name: string, what: "seconds" | "cpuSeconds"): number =>
    Math.min(...of(name).map((measured) => measured[what]));
  const check = least("check", "seconds");
  const startUp = least("nothing", "seconds");
  const allowed = CAPTURE_GOAL * least("cp", "seconds") + check + startUp;
  const both = least("capture and check", "seconds");
  const peak = peakOf(of("check"));
  return [
    {
      title: "Capture of a DuckDB database of 1 GiB that nobody writes to, and its check",
      figures: ["capture and check", "capture", "cp", "check"].map((tool): Figures => ({
        tool,
        measures: of(tool),
      })),
      goals: [
        {
          text: `${both.toFixed(2)} s for both, goal ≤ ${allowed.toFixed(2)} s: ${CAPTURE_GOAL} times cp, the check, and the start of a process`,
          reached: both <= allowed,
        },
        {
          text: `${check.toFixed(2)} s for the check (${least("check", "cpuSeconds").toFixed(2)} s of processor), goal ≤ ${CHECK_SECONDS} s`,
          reached: check <= CHECK_SECONDS,
        },
        {
          text: `${megabytes(peak)} for the check, goal ≤ ${megabytes(CHECK_PEAK)}`,
          reached: peak <= CHECK_PEAK,
        },
      ],
    },
  ];
}

/** By the processor's time, which other work on the machine changes less. */
async function measureDetection(context: BenchContext): Promise<Section> {
  const tree = join(context.work, "tree");
  mkdirSync(tree);
  try {
    makeSmallFiles(tree, { count: Math.round(FILES * context.scale), median: MEDIAN_SIZE }, 7);
    const backup = (embeddedDatabases: "auto" | "off") => async () => {
      const directory = join(context.work, "place");
      const contender = await Contender.start(undefined, { tree, directory, embeddedDatabases }, context);
      const measured = await contender.backup();
      contender.end();
      return measured;
    };
    const taken = await takeRounds(context, { looking: backup("auto"), "not looking": backup("off") });
    const cpu = (name: string): number =>
      Math.min(...(taken[name] ?? []).map(({ cpuSeconds }) => cpuSeconds));
    const share = cpu("looking") / cpu("not looking") - 1;
    return {
      title: "First full of 100,000 files, looking for databases or not",
      figures: ["looking", "not looking"].map((tool): Figures => ({ tool, measures: taken[tool] ?? [] })),
      goals: [
        {
          text: `${(share * 100).toFixed(1)} % more processor time for looking, goal < ${DETECTION_SHARE * 100} %`,
          reached: share < DETECTION_SHARE,
        },
      ],
    };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function program(name: string, ...args: string[]): Command {
  return {
    program: process.execPath,
    args: [join(import.meta.dirname, "../programs", `${name}.ts`), ...args],
  };
}
