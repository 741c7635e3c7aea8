/** The journal of interventions as one file of the state directory, `intervention.json`: it is there exactly while one is open. */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { HoldfastError } from "../domain/errors.ts";
import type { Intervention, InterventionJournal } from "../ports/intervention-journal.ts";

const Mount = z.object({
  kind: z.enum(["bind", "volume"]),
  source: z.string(),
  destination: z.string(),
  writable: z.boolean(),
});

/** As much of a request as a settling container needs; undefined is not written. */
const Settle = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  mounts: z.array(Mount),
  capabilities: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
  networks: z.array(z.string()).optional(),
  onHost: z.boolean().optional(),
});

const Entry = z.object({
  id: z.string(),
  job: z.string(),
  mode: z.enum(["pause", "stop"]),
  graceSeconds: z.number().optional(),
  startedAt: z.number(),
  deadline: z.number(),
  owner: z.object({
    process: z.object({
      host: z.string(),
      bootId: z.string(),
      pidNamespace: z.string(),
      /** Earlier versions did not write it. */
      container: z.string().default(""),
      pid: z.number(),
      startTime: z.string(),
    }),
    container: z
      .object({ id: z.string(), startedAt: z.number().optional() })
      .transform(({ id, startedAt }) => ({ id, startedAt }))
      .optional(),
  }),
  held: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      project: z.string(),
      service: z.string(),
      number: z.number(),
      startedAt: z.number().optional(),
      stopAsked: z.boolean(),
    }),
  ),
  guard: z.string().optional(),
  worker: z
    .object({
      container: z.string(),
      endsWithOwner: z.boolean().optional(),
      settling: z.string().optional(),
      settle: Settle,
    })
    .optional(),
});

export function openInterventionJournal(stateDirectory: string): InterventionJournal {
  const path = join(stateDirectory, "intervention.json");
  const current = async (): Promise<Intervention | undefined> => {
    const text = await textOf(path);
    return text === undefined ? undefined : parse(text, path);
  };
  return {
    current,
    async begin(intervention) {
      await mkdir(stateDirectory, { recursive: true });
      for (;;) {
        const open = await current();
        if (open !== undefined) return open;
        // A link, unlike a rename, never takes another one's place.
        if (await placeNew(path, intervention)) return undefined;
      }
    },
    async update(intervention) {
      if ((await current())?.id !== intervention.id) return;
      const temporary = await writeSynced(path, intervention);
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    },
    async end(id) {
      if ((await current())?.id !== id) return;
      await rm(path, { force: true });
      await syncDirectory(dirname(path));
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parse(text: string, path: string): Intervention {
  try {
    const { owner, guard, worker, graceSeconds, held, ...entry } = Entry.parse(JSON.parse(text));
    return {
      ...{ ...entry, guard, worker, graceSeconds },
      owner: { process: owner.process, container: owner.container },
      held: held.map((container) => ({ ...container, startedAt: container.startedAt })),
    };
  } catch (error) {
    throw new HoldfastError("damaged", {
      what: `Reading the journal of interventions ${path}`,
      why: "it is not what was written there",
      next: "see with `docker ps -a` that every service runs, then delete the file",
      cause: error,
    });
  }
}

async function placeNew(path: string, intervention: Intervention): Promise<boolean> {
  const temporary = await writeSynced(path, intervention);
  try {
    await link(temporary, path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSynced(path: string, intervention: Intervention): Promise<string> {
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(`${JSON.stringify(intervention, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
