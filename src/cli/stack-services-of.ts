/** The services of the stack that a command works with. */
import { StackServices } from "../app/recover/stack-services.ts";
import type { Stack } from "../daemon/compose.ts";
import { MINUTE } from "../domain/instant.ts";
import { engineNeeded } from "./recovery-needs.ts";

/** Without the engine nothing can be stopped or started. */
export async function servicesOf(
  { runtime, config, jobs, context }: Stack,
  signal: AbortSignal,
): Promise<StackServices> {
  const own = await runtime.ownContainer(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw engineNeeded(error);
  });
  await runtime.engine(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw engineNeeded(error);
  });
  return new StackServices({
    ...{ runtime, clock: context.clock, project: own?.compose?.project ?? config.project },
    healthLimit: Math.max(2 * MINUTE, ...jobs.map(({ job }) => job.afterRestore.healthLimit)),
  });
}
