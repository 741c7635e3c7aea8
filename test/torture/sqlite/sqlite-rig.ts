/** A writer in one process, and the captures of its database in another. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { LoopOrder, LoopReport } from "./capture-loop.ts";

export interface Load {
  name: string;
  journalMode: "wal" | "delete" | "truncate" | "persist" | "memory";
  /** About 200 bytes each. */
  rows: number;
  pauseMs: number;
  rule?: "freeze";
  /** Whether the captures may stop the writer. */
  canFreeze: boolean;
  /** The captures see the directory through a read-only mount, as a sidecar does, with the rights of one. */
  isReadOnly?: boolean;
}

const WRITER = fileURLToPath(new URL("./writer.ts", import.meta.url));
const LOOP = fileURLToPath(new URL("./capture-loop.ts", import.meta.url));
const NOBODY = 65_534;
/** As the sidecar's: it may read everything, and nothing else. */
const RIGHTS = ["--inh-caps=-all", "--bounding-set=-all,+dac_read_search"];

/** As root, who may mount; the rest of a test does without. */
export function canMount(): boolean {
  return process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;
}

export async function captureUnderLoad(
  root: string,
  load: Load,
  { captures, seed }: { captures: number; seed: number },
): Promise<LoopReport[]> {
  const directories = ["live", "acks", "scratch", "mount"].map((name) => join(root, load.name, name));
  for (const directory of directories) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o777);
  }
  const [live = "", acks = "", scratch = "", mount = ""] = directories;
  chmodSync(join(root), 0o755);
  const acknowledged = join(acks, "number");
  const path = join(live, "it's a database.db");
  const args = [path, load.journalMode, acknowledged, String(load.rows), String(load.pauseMs)];
  const user = load.isReadOnly === true ? { uid: NOBODY, gid: NOBODY } : {};
  const writer = spawn(process.execPath, [WRITER, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    ...user,
  });
  try {
    await once(writer.stdout, "data");
    const order: LoopOrder = {
      ...{ acknowledged, scratch, captures, seed, rule: load.rule ?? "optimistic" },
      path: load.isReadOnly === true ? join(mount, "it's a database.db") : path,
      ...(load.canFreeze ? { pid: writer.pid ?? 0 } : {}),
    };
    return await reportsOf(load.isReadOnly === true ? inMount(order, live, mount) : plain(order), captures);
  } finally {
    const ended = once(writer, "close");
    writer.kill("SIGKILL");
    await ended;
  }
}

function plain(order: LoopOrder): ChildProcess {
  return spawn(process.execPath, [LOOP, JSON.stringify(order)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** In a mount namespace of its own, which ends with it. */
function inMount(order: LoopOrder, live: string, mount: string): ChildProcess {
  const script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && shift 2 && exec "$@"';
  const command = ["setpriv", ...RIGHTS, process.execPath, LOOP, JSON.stringify(order)];
  return spawn("unshare", ["-m", "sh", "-c", script, "sh", live, mount, ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function reportsOf(child: ChildProcess, captures: number): Promise<LoopReport[]> {
  let text = "";
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  const reports = text.split("\n").filter((line) => line !== "");
  if (reports.length !== captures) throw new Error(`${reports.length} of ${captures} captures were reported`);
  return reports.map((line) => JSON.parse(line) as LoopReport);
}
