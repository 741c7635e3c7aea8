import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter } from "./chapter.ts";
import { differences, sha256, type IndexedEntry } from "../compare.ts";
import { JOB } from "../config.ts";
import { ACCOUNTS, askBank, BANK, START_BALANCE } from "../bank.ts";
import { LOG } from "../data-set.ts";
import { points } from "../points.ts";
import type { Stage } from "../stage.ts";

export const restore: Chapter = {
  title: "A restore, compared byte for byte",
  async play(stage) {
    const { screen, places } = stage;
    const id = (await points(stage))[0]?.id ?? "";
    screen.say("The point is pinned first: backups go on meanwhile, and retention would remove it soon.");
    stage.holdsNow("the point is pinned", (await stage.holdfast("pin", id)).exitCode === 0);
    const { exitCode } = await stage.holdfast("restore", JOB, "--point", id, "--to", places.restored);
    // 3: done with warnings; only root can give files their owners back.
    stage.holdsNow("the restore is done", exitCode === 0 || (exitCode === 3 && process.getuid?.() !== 0));
    await compareWithIndex(stage, id);
    await compareWithSource(stage);
    await verify(stage, id);
  },
};

async function compareWithIndex(stage: Stage, id: string): Promise<void> {
  const entries = await stage.ask<IndexedEntry[]>("ls", id, "-r");
  const found = await differences(stage.places.restored, entries);
  for (const difference of found) stage.screen.line("", difference);
  stage.holdsNow(
    `all ${entries.length} entries are what the index says: type, size, SHA-256, mode, time to the nanosecond, links`,
    entries.length > 0 && found.length === 0,
  );
}

/** Not by our word alone: against the live files, and with the program that wrote them. */
async function compareWithSource(stage: Stage): Promise<void> {
  const { data, restored } = stage.places;
  const log = join(restored, LOG);
  const { size } = await stat(log);
  stage.holdsNow(
    `the log is the first ${size} bytes of the live one, which has grown on`,
    (await sha256(log)) === (await sha256(join(data, LOG), size)),
  );
  const { transfers, isWhole, sum } = await askBank(join(restored, BANK));
  stage.holdsNow(
    `DuckDB opens the restored database: ${transfers} transfers, none lost, none half done`,
    isWhole && transfers > 0,
  );
  const total = ACCOUNTS * START_BALANCE;
  stage.holdsNow(`its ${ACCOUNTS} accounts hold ${sum} together, as they always have`, sum === total);
}

async function verify(stage: Stage, id: string): Promise<void> {
  const { exitCode } = await stage.holdfast("verify", "--point", id);
  stage.holdsNow("every stored byte of the point has its digest", exitCode === 0);
}
