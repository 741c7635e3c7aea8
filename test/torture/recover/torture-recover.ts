/** `npm run torture -- --recover N`: a stack of four kinds of data, recovered as often, each time after something was killed amid it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "../../e2e/lab/lab.ts";
import { backUpPromised } from "../../e2e/lab/recover-facts.ts";
import { planOf } from "../../e2e/lab/four-kinds-stack.ts";
import { SidecarStack } from "../../e2e/lab/sidecar-stack.ts";
import { shootRecoveries, type Shots } from "./shoot-recoveries.ts";

export async function tortureRecover(shots: Shots): Promise<void> {
  const opened = await openLab();
  const { lab } = opened;
  const stack = new SidecarStack(lab, await mkdtemp(join(tmpdir(), "holdfast-")));
  try {
    const plan = planOf(lab);
    await plan.prepare?.(lab, stack.directory);
    await stack.layOut(plan);
    await stack.up();
    const promised = await backUpPromised(stack);
    const phases = await shootRecoveries({ stack, lab }, promised, shots);
    const counted = new Map<string, number>();
    for (const phase of phases) counted.set(phase, (counted.get(phase) ?? 0) + 1);
    for (const [phase, count] of counted) shots.print(`${count} killed: ${phase}`);
    shots.print(`${phases.length} kills: each time the second recovery brought everything back`);
  } finally {
    await stack.remove();
    await opened.close();
    await rm(stack.directory, { recursive: true, force: true });
  }
}
