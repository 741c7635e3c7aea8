/** How soon a daemon with 500 jobs answers Prometheus, and a person who looks at its page. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { BenchContext } from "../bench-context.ts";
import { pointObjects } from "../data/points.ts";
import type { Measure } from "../measure.ts";
import type { Section } from "../report/section.ts";
import { holdfast } from "../tools/config.ts";

const JOBS = 500;
const POINTS_OF_EACH = 4;
const STORES = ["local", "offsite"];
/** Spread over the seconds in which the daemon looks at its stack again and again. */
const REQUESTS = 200;
const PAUSE_MS = 53;
const ASKED = [
  { path: "/metrics", goalMs: 5 },
  { path: "/", goalMs: 50 },
];

export async function measureAnswers(context: BenchContext): Promise<Section[]> {
  const jobs = Math.round(JOBS * context.scale);
  const directory = join(context.work, "answers");
  const config = fill(directory, jobs);
  const { program, args } = holdfast(config, "run");
  const daemon = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  try {
    const url = await addressOf(daemon);
    await untilStoresWereSeen(url, context.signal);
    const figures = [];
    const goals = [];
    for (const { path, goalMs } of ASKED) {
      const measures = await askAgainAndAgain(url + path, daemon, context);
      const text = `${path}: ${describe(measures)}, goal < ${goalMs} ms in the median`;
      figures.push({ tool: path, measures });
      goals.push({ text, reached: percentile(measures, 0.5) < goalMs });
    }
    return [{ title: "Answers of a daemon with 500 jobs", figures, goals }];
  } finally {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await once(daemon, "close");
    rmSync(directory, { recursive: true });
  }
}

function fill(directory: string, jobs: number): string {
  for (const store of STORES) {
    for (const [key, text] of pointObjects(jobs * POINTS_OF_EACH, jobs)) {
      const file = join(directory, store, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  const names = Array.from({ length: jobs }, (_, number) => `job-${number}`);
  const job = { source: { kind: "volume", path: directory }, schedule: "0 3 1 1 *", stores: STORES };
  const config = join(directory, "holdfast.yml");
  const text = JSON.stringify({
    stack: "bench",
    state: join(directory, "state"),
    stores: Object.fromEntries(STORES.map((name) => [name, { kind: "local", path: join(directory, name) }])),
    jobs: Object.fromEntries(names.map((name) => [name, job])),
    http: { listen: "127.0.0.1:0" },
  });
  writeFileSync(config, text);
  return config;
}

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error("the daemon has no stderr");
  let said = "";
  for await (const line of createInterface({ input: stderr })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url !== undefined) {
      stderr.resume();
      return url;
    }
    said += `${line}\n`;
  }
  throw new Error(`the daemon did not listen: ${said}`);
}

/** Until a daemon has seen all of its stores, nothing is there to be answered from: some seconds after its start, and once. */
async function untilStoresWereSeen(url: string, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const text = await (await fetch(`${url}/metrics`, { signal })).text();
    if (STORES.every((name) => text.includes(`holdfast_store_up{store="${name}"} 1`))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the daemon has not seen its stores within two minutes");
}

/** The first answer is not counted: nobody has asked for it in that form before. */
async function askAgainAndAgain(url: string, daemon: ChildProcess, context: BenchContext) {
  const measures: Measure[] = [];
  const agent = new Agent({ keepAlive: true });
  await askOnce(url, agent, context.signal);
  for (let number = 0; number < REQUESTS; number += 1) {
    const startedAt = performance.now();
    const bytes = await askOnce(url, agent, context.signal);
    const seconds = (performance.now() - startedAt) / 1000;
    measures.push({ seconds, cpuSeconds: 0, peakBytes: bytes, writtenBytes: 0 });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  agent.destroy();
  context.progress(`${url}: ${describe(measures)}`);
  if (daemon.exitCode !== null) throw new Error("the daemon has ended");
  return measures;
}

/** Compressed, as Prometheus and browsers ask, and not unpacked: that is the client's time. Resolves with the bytes that came. */
async function askOnce(url: string, agent: Agent, signal: AbortSignal): Promise<number> {
  const request = get(url, { agent, signal, headers: { "accept-encoding": "gzip" } });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) bytes += chunk.byteLength;
  return bytes;
}

function describe(measures: readonly Measure[]): string {
  const [median, most] = [0.5, 0.95].map((share) => percentile(measures, share).toFixed(1));
  return `${median} ms in the median, ${most} ms at the 95th percentile`;
}

function percentile(measures: readonly Measure[], share: number): number {
  const sorted = measures.map(({ seconds }) => seconds * 1000).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
