/** A database that a process of its own writes to all the time, and what tells whether a restored one is a state of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { LiveWriter } from "../duckdb/live-writer.ts";
import { LOADS } from "../duckdb/loads.ts";
import { readCopy } from "../duckdb/read-copy.ts";
import { wrongInAccounts } from "../sqlite/accounts.ts";

export const SUBJECTS = [...LOADS, "sqlite-wal", "sqlite-delete"] as const;
export type SubjectName = (typeof SUBJECTS)[number];

export interface LiveSubject {
  /** Name of its main file in the volume. */
  file: string;
  key: string | undefined;
  pid: number;
  /** How many commits were acknowledged to it by now. */
  acknowledged(): number;
  /** Rejects where the copy is no state of it, or is one of before so many commits. */
  check(copy: string, acknowledged: number): Promise<void>;
  end(): Promise<void>;
}

export async function startSubject(
  name: SubjectName,
  { source, aside, seed }: { source: string; aside: string; seed: number },
): Promise<LiveSubject> {
  const acknowledged = join(aside, "acknowledged");
  if (name === "sqlite-wal" || name === "sqlite-delete")
    return startSqlite(name.slice("sqlite-".length), { source, acknowledged });
  const file = "state of täles.duckdb";
  const key = name === "encrypted" ? "a key" : undefined;
  const writer = new LiveWriter({ load: name, database: join(source, file), acknowledged, key, seed });
  await writer.ready();
  return {
    ...{ file, key, pid: writer.pid },
    acknowledged() {
      writer.check();
      return writer.acknowledged;
    },
    async check(database, wanted) {
      const { commits } = await readCopy({ database, key, readOnly: false });
      if (commits < wanted) throw new Error(`${wanted} commits were acknowledged, ${commits} are there`);
    },
    end: () => writer.kill(),
  };
}

const SQLITE_WRITER = fileURLToPath(new URL("../sqlite/writer.ts", import.meta.url));
/** About 200 bytes each. */
const ROWS = 20_000;

async function startSqlite(
  journalMode: string,
  { source, acknowledged }: { source: string; acknowledged: string },
): Promise<LiveSubject> {
  const file = "state of täles.db";
  const args = [SQLITE_WRITER, join(source, file), journalMode, acknowledged, String(ROWS), "0"];
  const writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(writer.stdout, "data");
  return {
    ...{ file, key: undefined, pid: writer.pid ?? 0 },
    acknowledged() {
      if (writer.exitCode !== null) throw new Error("The writer has ended.");
      return Number(readFileSync(acknowledged, "utf8"));
    },
    async check(copy, wanted) {
      const wrong = wrongInAccounts(copy, wanted);
      if (wrong !== "") throw new Error(wrong);
    },
    async end() {
      const ended = once(writer, "close");
      writer.kill("SIGKILL");
      await ended;
    },
  };
}
