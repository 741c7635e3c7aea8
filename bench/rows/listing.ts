/** `list` of 10,000 points, as a process of its own: with no state, as on a new machine, and with what the one before has left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { BenchContext } from "../bench-context.ts";
import { pointObjects } from "../data/points.ts";
import { measure, type Measure } from "../measure.ts";
import type { Section } from "../report/section.ts";
import { bestOf } from "../report/table.ts";
import { holdfast, writeConfig } from "../tools/config.ts";

const POINTS = 10_000;
const GOAL_SECONDS = 2;

interface Filled {
  options: Record<string, unknown>;
  end: () => Promise<void>;
}

export async function measureListing(context: BenchContext): Promise<Section[]> {
  const count = Math.round(POINTS * context.scale);
  const figures = [];
  for (const kind of ["local", "gcs", "s3"]) {
    const { options, end } = await (kind === "local" ? fillDirectory(context, count) : serve(kind, count));
    try {
      const { cold, warm } = await takeRounds(context, { [kind]: options });
      figures.push(
        { tool: `${kind}, no state`, measures: cold },
        { tool: `${kind}, state kept`, measures: warm },
      );
    } finally {
      await end();
    }
  }
  const goals = figures.map(({ tool, measures }) => {
    const best = bestOf(measures);
    const text = `${best.toFixed(2)} s for ${tool}, goal < ${GOAL_SECONDS} s`;
    return { text, reached: best < GOAL_SECONDS };
  });
  return [{ title: "List of 10,000 points", figures, goals }];
}

async function takeRounds(context: BenchContext, stores: Record<string, unknown>) {
  const taken: { cold: Measure[]; warm: Measure[] } = { cold: [], warm: [] };
  const state = join(context.work, "state");
  const config = join(context.work, "list.yml");
  writeConfig(config, { tree: context.work, state, stores });
  for (let round = 0; round < context.rounds; round += 1) {
    rmSync(state, { recursive: true, force: true });
    for (const which of ["cold", "warm"] as const) {
      const measured = await measure(holdfast(config, "list", "--json"), context.signal);
      taken[which].push(measured);
      const cpu = `${measured.cpuSeconds.toFixed(2)} s of processor`;
      context.progress(
        `list ${Object.keys(stores).join()} ${which}: ${measured.seconds.toFixed(2)} s, ${cpu}`,
      );
    }
  }
  return taken;
}

async function fillDirectory({ work }: BenchContext, count: number): Promise<Filled> {
  const path = join(work, "store");
  for (const [key, text] of pointObjects(count)) {
    mkdirSync(dirname(join(path, key)), { recursive: true });
    writeFileSync(join(path, key), text);
  }
  return { options: { kind: "local", path }, end: async () => rmSync(path, { recursive: true }) };
}

async function serve(kind: string, count: number): Promise<Filled> {
  const program = join(import.meta.dirname, "../programs/serve-points.ts");
  const child = spawn(process.execPath, [program, kind, String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const end = async () => {
    child.stdin.end();
    await once(child, "close");
  };
  return { options: JSON.parse(line) as Record<string, unknown>, end };
}
