/** Takes copies of projects away: containers first, then what they were in. */
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { CopyEngine, NamedThing } from "../../ports/copy-engine.ts";
import { COPY_LABELS } from "./copy-labels.ts";

export interface CopyRemover {
  engine: CopyEngine;
  runtime: ContainerRuntime;
}

/** All that has the copy's label; Compose would do the same by `docker compose -p NAME down -v`. */
export async function removeCopy(
  { engine, runtime }: CopyRemover,
  project: string,
  signal: AbortSignal,
): Promise<void> {
  const labels = { [COPY_LABELS.copy]: project };
  const containers = await runtime.containers({ labels }, signal);
  await Promise.all(containers.map(({ id }) => runtime.remove(id, signal)));
  for (const { name } of await engine.networks({ labels }, signal)) await engine.removeNetwork(name, signal);
  const volumes = (await runtime.volumes({}, signal)).filter((volume) => isOf(volume, project));
  await Promise.all(volumes.map(({ name }) => engine.removeVolume(name, signal)));
}

function isOf({ labels }: Pick<NamedThing, "labels">, project: string): boolean {
  return labels[COPY_LABELS.copy] === project;
}

/** Removes copies of drills that have no place any more, never one that somebody asked for; gives their names. */
export async function sweepCopies(
  remover: CopyRemover,
  { stack, places }: { stack: string; places: () => Promise<readonly string[]> },
  signal: AbortSignal,
): Promise<string[]> {
  const { engine, runtime } = remover;
  const labels = { [COPY_LABELS.stack]: stack };
  const all: Pick<NamedThing, "labels">[] = [
    ...(await runtime.containers({ labels }, signal)),
    ...(await engine.networks({ labels }, signal)),
    ...(await runtime.volumes({}, signal)).filter((volume) => volume.labels[COPY_LABELS.stack] === stack),
  ];
  // Asked last: a drill has its place before it has anything else.
  const living = await places();
  const left = new Set(
    all.flatMap(({ labels: its }) => {
      const [copy, place] = [its[COPY_LABELS.copy], its[COPY_LABELS.place]];
      return copy === undefined || place === undefined || living.includes(place) ? [] : copy;
    }),
  );
  for (const project of left) await removeCopy(remover, project, signal);
  return [...left];
}

/** On the host. */
export function removalCommand(project: string): string {
  return `docker compose --project-name ${project} down --volumes`;
}
