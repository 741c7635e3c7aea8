/**
 * Captures a live SQLite database again and again, and examines each capture: a process of its own, so that it can be given
 * a read-only mount and few rights. Arguments: one JSON object; it writes a JSON line for each capture.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Hold } from "../../../src/ports/source.ts";
import { captureSqlite } from "../../../src/capture/sqlite/capture-sqlite.ts";
import { checkSqlite } from "../../../src/capture/sqlite/check-sqlite.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { randomFrom } from "../moments.ts";
import { wrongInAccounts } from "./accounts.ts";

export interface LoopOrder {
  path: string;
  acknowledged: string;
  scratch: string;
  captures: number;
  rule: "optimistic" | "freeze";
  /** Of the writer, which is stopped and continued; without, nobody can be held. */
  pid?: number;
  seed: number;
}

export interface LoopReport {
  mode: "optimistic" | "frozen" | "failed";
  tries: number;
  heldMs: number;
  ms: number;
  /** Empty where the capture is right. */
  wrong: string;
}

const [order] = process.argv.slice(2);
if (order !== undefined) await loop(JSON.parse(order) as LoopOrder);

async function loop(order: LoopOrder): Promise<void> {
  const random = randomFrom(order.seed);
  const { signal } = new AbortController();
  const freeze = order.pid === undefined ? undefined : stopping(order.pid);
  for (let at = 0; at < order.captures; at++) {
    await systemClock.sleep(random() * 40);
    const scratch = mkdtempSync(join(order.scratch, "s"));
    const acknowledged = numberIn(order.acknowledged);
    const from = systemClock.monotonic();
    const base = {
      path: Buffer.from(order.path),
      scratch,
      rule: order.rule,
      clock: systemClock,
      random,
      signal,
    };
    const report = await captureSqlite({ ...base, freeze }).then(
      async ({ members, facts }) => ({
        ...{ mode: facts.mode, tries: facts.tries, heldMs: facts.heldMs ?? 0 },
        ms: systemClock.monotonic() - from,
        wrong: await wrongIn(
          members.map(({ path }) => path),
          scratch,
          acknowledged,
        ),
      }),
      (error: Error) => ({ mode: "failed", tries: 0, heldMs: 0, ms: 0, wrong: "", why: error.message }),
    );
    console.log(JSON.stringify(report));
    rmSync(scratch, { recursive: true });
  }
}

/** Of every thread: a stop is only asked for by the signal. */
function stopping(pid: number): Hold {
  return async (work) => {
    const from = systemClock.monotonic();
    process.kill(pid, "SIGSTOP");
    try {
      const isStopped = (thread: string) =>
        /\) T/.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"));
      while (!readdirSync(`/proc/${pid}/task`).every(isStopped)) await systemClock.sleep(1);
      const value = await work(new AbortController().signal);
      return { value, heldMs: systemClock.monotonic() - from };
    } finally {
      process.kill(pid, "SIGCONT");
    }
  };
}

function numberIn(path: string): number {
  return Number(readFileSync(path, "utf8"));
}

async function wrongIn(paths: string[], scratch: string, acknowledged: number): Promise<string> {
  const files = readdirSync(scratch);
  if (paths.length !== 1 || files.length !== 1) return `not one file: ${files.join(", ")}`;
  const [path = ""] = paths;
  const { signal } = new AbortController();
  const verdict = await checkSqlite({ path, level: "full", timeout: 60_000, clock: systemClock, signal });
  if (verdict.state !== "sound") return `${verdict.state}: ${verdict.why}`;
  return wrongInAccounts(path, acknowledged);
}
