/**
 * Captures SQLite databases that a program writes to all the time, in every journal mode, also through a read-only mount with
 * the rights of a sidecar: each capture is sound by itself, keeps what every transaction keeps, and holds every commit that was
 * acknowledged before it began.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import { randomFrom } from "../moments.ts";
import type { LoopReport } from "./capture-loop.ts";
import { canMount, captureUnderLoad, type Load } from "./sqlite-rig.ts";

const LOADS: Load[] = [
  { name: "log, flat out", journalMode: "wal", rows: 20_000, pauseMs: 0, canFreeze: false },
  { name: "log, held", journalMode: "wal", rows: 2000, pauseMs: 0, canFreeze: true, rule: "freeze" },
  { name: "journal, 5 a second", journalMode: "delete", rows: 2000, pauseMs: 200, canFreeze: false },
  {
    name: "journal, flat out, no pausing",
    journalMode: "delete",
    rows: 20_000,
    pauseMs: 0,
    canFreeze: false,
  },
  { name: "journal, flat out", journalMode: "truncate", rows: 20_000, pauseMs: 0, canFreeze: true },
  {
    name: "journal that stays, held",
    journalMode: "persist",
    rows: 2000,
    pauseMs: 0,
    canFreeze: true,
    rule: "freeze",
  },
  {
    name: "journal in memory, held",
    journalMode: "memory",
    rows: 2000,
    pauseMs: 0,
    canFreeze: true,
    rule: "freeze",
  },
];
const READ_ONLY: Load[] = [
  {
    name: "log, read-only",
    journalMode: "wal",
    rows: 20_000,
    pauseMs: 0,
    canFreeze: false,
    isReadOnly: true,
  },
  {
    name: "journal, read-only",
    journalMode: "delete",
    rows: 2000,
    pauseMs: 200,
    canFreeze: false,
    isReadOnly: true,
  },
];

export async function tortureSqlite(
  wanted: number,
  seed: number,
  print: (line: string) => void = console.log,
): Promise<void> {
  const loads = canMount() ? [...LOADS, ...READ_ONLY] : LOADS;
  print(`seed ${seed}: ${wanted} captures of SQLite databases under ${loads.length} loads`);
  const random = randomFrom(seed);
  for (const [at, load] of loads.entries()) {
    const captures =
      Math.floor((wanted * (at + 1)) / loads.length) - Math.floor((wanted * at) / loads.length);
    const root = mkdtempSync(`${tmpdir()}/holdfast-`);
    try {
      chmodSync(root, 0o755);
      const reports = await captureUnderLoad(root, load, { captures, seed: Math.floor(random() * 2 ** 31) });
      print(`${load.name}: ${summary(reports)}`);
      const bad = reports.find(({ wrong }) => wrong !== "");
      if (bad !== undefined) throw new Error(`seed ${seed}, ${load.name}: ${bad.wrong}`);
    } finally {
      rmSync(root, { recursive: true });
    }
  }
  print(`${wanted} captures were right, or failed with a reason`);
}

function summary(reports: LoopReport[]): string {
  const count = (mode: LoopReport["mode"]) => reports.filter((report) => report.mode === mode).length;
  const held = reports.map(({ heldMs }) => heldMs).filter((ms) => ms > 0);
  held.sort((one, other) => one - other);
  const [median, most] = [held[held.length >> 1], held.at(-1)].map((ms) => Math.round(ms ?? 0));
  const text = `${count("optimistic")} optimistic, ${count("frozen")} frozen, ${count("failed")} failed`;
  return held.length === 0 ? text : `${text}; held ${median} ms median, ${most} ms at most`;
}
