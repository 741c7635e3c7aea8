/** Gives the dumps of a point to the server of a copy. */
import { randomUUID } from "node:crypto";
import { openAnyDumps } from "../app/dumps-of-point.ts";
import { giveDumps } from "../app/give-dumps.ts";
import { locatePoint } from "../app/locate-point.ts";
import type { CopyPlan } from "../app/project-copy/plan-copy.ts";
import type { CopyStep } from "../app/project-copy/stack-copy.ts";
import { waitForServer } from "../app/project-copy/wait-for-server.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Container } from "../ports/container-runtime.ts";
import type { Stack } from "./compose.ts";
import { createDumpRestorer, createDumpTrials } from "./compose-dumps.ts";

export interface CopySurroundings {
  stack: Stack;
  plan: CopyPlan;
  own: Container;
  labels: Readonly<Record<string, string>>;
  healthLimit: Milliseconds;
}

interface Going {
  warn: (sentence: string) => void;
  signal: AbortSignal;
}

export async function giveDumpsToCopy(
  { stack, plan, healthLimit }: CopySurroundings,
  { job, point }: CopyStep,
  { warn, signal }: Going,
): Promise<readonly string[]> {
  const { context, config, runtime } = stack;
  const { catalog, clock, keys } = context;
  const source = config.jobs.find((configured) => configured.job.name === job)?.source;
  const there = { runtime, clock, job, project: plan.project, copy: plan.project };
  const restorer = source && createDumpRestorer(source, there);
  if (source === undefined || restorer === undefined)
    throw new HoldfastError("internal", {
      what: `Restoring job ${job}`,
      why: "nothing takes its dumps back",
    });
  const { stores } = stack.job(job);
  const located = await locatePoint({
    ...{ catalog, stores, job, signal, stack: context.stack, choice: { id: point.id } },
  });
  const dumps = await openAnyDumps(located.copies, { keys, signal });
  const trials = createDumpTrials(source, there);
  await waitForServer(
    async (until) => {
      const [server] = await runtime.containers({ project: plan.project, service: restorer.service }, until);
      if (server !== undefined && trials !== undefined && !(await trials.open(server).isReady(until)))
        return false;
      await restorer.look({ dumps, signal: until });
      return true;
    },
    { clock, limit: healthLimit, signal },
  );
  const reporter = { id: randomUUID(), progress: () => undefined, warn };
  const asked = { restorer, copies: located.copies, database: undefined, service: undefined, signal };
  const { restored, warnings } = await giveDumps(context, asked, reporter);
  await restored.accept(signal);
  return [...located.warnings, ...warnings];
}
