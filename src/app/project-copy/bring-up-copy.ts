/** Makes a copy, fills it and starts it, and measures each part. */
import type { Milliseconds } from "../../domain/instant.ts";
import type { DrillPhase, DrillPhases } from "../drill-phases.ts";
import type { CopyCheck, CopyStep, StackCopy } from "./stack-copy.ts";

export interface CopyRequest {
  steps: readonly CopyStep[];
  /** Services that are up before dumps are restored into them. */
  servers: readonly string[];
  phases: DrillPhases;
  signal: AbortSignal;
}

export interface RunningCopy extends CopyCheck {
  warnings: readonly string[];
  phases: readonly DrillPhase[];
  ms: Milliseconds;
}

/** Leaves what it has made when it throws: that is the caller's to remove. */
export async function bringUpCopy(
  copy: StackCopy,
  { steps, servers, phases, signal }: CopyRequest,
): Promise<RunningCopy> {
  const warnings: string[] = [];
  await phases.measure("making the project", () => copy.make(signal));
  await phases.measure("restoring volumes", async () => {
    warnings.push(...(await copy.fillVolumes(steps, signal)));
  });
  await phases.measure("making the containers", () => copy.createContainers(signal));
  await phases.measure("restoring dumps", async () => {
    warnings.push(...(await copy.restoreDumps(steps, servers, signal)));
  });
  await phases.measure("starting", () => copy.start(signal));
  const jobs = steps.map(({ job }) => job);
  const checked = await phases.measure("checking", () => copy.check(jobs, signal));
  return { ...checked, warnings, phases: phases.all(), ms: phases.total() };
}
