/** Wires what freezes file systems: on the side of who orders it, and in the container that does it. */
import { FileSystemFreezer, type FreezerContext } from "../app/freeze/file-system-freezer.ts";
import { freezeAll, thawAll, type FreezeRequest } from "../host/freeze-file-systems.ts";
import { thisMachine } from "../host/proc-host-mounts.ts";
import { systemClock } from "../observability/system-clock.ts";

export function createFreezer(context: Omit<FreezerContext, "program">): FileSystemFreezer {
  return new FileSystemFreezer({ ...context, program: ["holdfast"] });
}

/** Thawing is not cancelled. */
const around = {
  table: "/proc/self/mountinfo",
  run: (command: readonly string[]) => thisMachine.run(command, new AbortController().signal),
};

/** Resolves once all are thawed again: when the signal fires, or `false` after the limit. `onFrozen` may not throw. */
export async function holdFrozen(
  request: FreezeRequest,
  { limit, onFrozen, signal }: { limit: number; onFrozen: () => Promise<void>; signal: AbortSignal },
): Promise<boolean> {
  const frozen = await freezeAll(request, around);
  try {
    await onFrozen();
    return await systemClock.sleep(limit, { signal }).then(
      () => false,
      () => true,
    );
  } finally {
    await thawAll(frozen, around);
  }
}

export async function thaw(paths: readonly string[]): Promise<void> {
  await thawAll(paths, around);
}
