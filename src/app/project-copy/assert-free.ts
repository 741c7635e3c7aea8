/** Refuses to make a copy where there is something of its name: an engine gives a volume that is there to whoever makes it again. */
import { HoldfastError } from "../../domain/errors.ts";
import { formatCount } from "../../domain/human-text.ts";
import type { CopyPlan } from "./plan-copy.ts";
import { removalCommand, type CopyRemover } from "./remove-copy.ts";

const PROJECT = "com.docker.compose.project";

export async function assertFree(
  { engine, runtime }: CopyRemover,
  { project, volumes }: CopyPlan,
  signal: AbortSignal,
): Promise<void> {
  const planned = new Set(volumes.map(({ name }) => name));
  const there = {
    container: (await runtime.containers({ project }, signal)).length,
    network: (await engine.networks({ labels: { [PROJECT]: project } }, signal)).length,
    volume: (await runtime.volumes({}, signal)).filter(
      (volume) => volume.project === project || planned.has(volume.name),
    ).length,
  };
  const found = Object.entries(there).flatMap(([what, count]) =>
    count === 0 ? [] : formatCount(count, what),
  );
  if (found.length === 0) return;
  throw new HoldfastError("refused", {
    what: `Making project ${project}`,
    why: `there is one already (${found.join(", ")})`,
    next: `take another name, or, where nobody needs it, remove it by \`${removalCommand(project)}\``,
  });
}
