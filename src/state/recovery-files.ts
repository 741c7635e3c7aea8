/** The recovery under way as one file of the state directory, `recovery.json`; reports of those that have ended beside it. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HoldfastError } from "../domain/errors.ts";
import type { RecoveryLog, RecoveryRecord } from "../ports/recovery-log.ts";
import { keepReport, unusable, writeSynced } from "./kept-reports.ts";

const Step = z.object({
  job: z.string(),
  kind: z.enum(["volume", "dump"]),
  point: z.object({ id: z.string(), store: z.string(), startedAt: z.number(), sourceBytes: z.number() }),
  begunAt: z.number().optional(),
  doneAt: z.number().optional(),
  ms: z.number().optional(),
  safety: z.string().optional(),
  warnings: z.array(z.string()),
});

const Entry = z.object({
  format: z.literal(1),
  id: z.string().regex(/^[0-9A-Za-z-]+$/),
  stack: z.string(),
  startedAt: z.number(),
  at: z.number().optional(),
  only: z.array(z.string()),
  steps: z.array(Step),
  stopped: z.array(z.string()),
  changedAt: z.number().optional(),
  servicesStartedAt: z.number().optional(),
  attempts: z.number(),
});

export function openRecoveryLog(stateDirectory: string): RecoveryLog {
  const path = join(stateDirectory, NAME);
  const reports = join(stateDirectory, "recoveries");
  let writes: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = writes.then(work, work);
    writes = next.catch(() => undefined);
    return next;
  };
  return {
    async current() {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw unusable(`Reading ${path}, by which an interrupted recovery goes on`, error);
      });
      return text === undefined ? undefined : parse(text, path);
    },
    write: (record) =>
      inTurn(() => writeSynced(path, `${JSON.stringify({ format: 1, ...record }, null, 2)}\n`)),
    async end({ id }, { markdown }) {
      const report = await keepReport(reports, { id, markdown });
      await forget(stateDirectory);
      return report;
    },
    drop: () => forget(stateDirectory),
  };
}

const NAME = "recovery.json";

/** With what killed writes have left of it; the last of all the one that makes it be there. */
async function forget(stateDirectory: string): Promise<void> {
  const names = await readdir(stateDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names.filter((each) => each.startsWith(`${NAME}.`)))
    await rm(join(stateDirectory, name), { force: true });
  await rm(join(stateDirectory, NAME), { force: true });
}

function parse(text: string, path: string): RecoveryRecord {
  try {
    const { format: _format, steps, ...entry } = Entry.parse(JSON.parse(text));
    const { at, changedAt, servicesStartedAt } = entry;
    return {
      ...{ ...entry, at, changedAt, servicesStartedAt },
      steps: steps.map((step) => {
        const { begunAt, doneAt, ms, safety } = step;
        return { ...step, begunAt, doneAt, ms, safety };
      }),
    };
  } catch (error) {
    throw new HoldfastError("damaged", {
      what: `Reading the recovery under way from ${path}`,
      why: "it is not what was written there",
      next: "see with `docker ps -a` what runs, and delete the file to begin anew",
      cause: error,
    });
  }
}
