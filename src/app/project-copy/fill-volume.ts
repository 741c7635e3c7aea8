/** Restores a point into a volume of a copy, by a container of our own that may write to it. */
import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerMount, ContainerRuntime } from "../../ports/container-runtime.ts";
import { runContainer } from "../interventions/worker-container.ts";
import { restoringContainer } from "../restore-in-stack/restoring-container.ts";
import { within } from "../within.ts";
import { SaidLines } from "./said-lines.ts";
import type { CopyStep, FilledPlace } from "./stack-copy.ts";

export interface FillContext {
  runtime: ContainerRuntime;
  clock: Clock;
  own: Container;
  /** What the command line begins with, to have the same config and state. */
  program: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the keys to encrypted points are, where the config does not say it. */
  keyArguments: readonly string[];
  /** Of the copy. */
  labels: Readonly<Record<string, string>>;
}

/** Apart from all that our own container has mounted. */
const VOLUMES = "/copy";
/** Exit codes of a restore: done, and done with warnings. */
const HAS_RESTORED: readonly number[] = [0, 3];
const REMOVAL_LIMIT: Milliseconds = 2 * SECOND;

export async function fillVolume(
  context: FillContext,
  { job, point }: CopyStep,
  { volume, below }: FilledPlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { runtime, clock, own, environment, labels } = context;
  const destination = `${VOLUMES}/${volume.key}`;
  const mount: ContainerMount = {
    ...{ kind: "volume", volume: volume.name, source: "", destination, writable: true },
  };
  const name = `${volume.name}-holdfast-restore-${randomBytes(4).toString("hex")}`;
  const container = restoringContainer({
    ...{ name, environment, withDevices: false, source: { own, mount } },
    command: commandOf(context, { job, point: point.id, path: destination + below }),
    labels: { ...labels, "holdfast.job": job, "holdfast.purpose": "copy" },
  });
  const said = new SaidLines();
  const output = { stdout: { write: async () => undefined }, stderr: said };
  try {
    const { exitCode } = await runContainer(runtime, container, { output, signal });
    if (!HAS_RESTORED.includes(exitCode)) throw notRestored(job, exitCode, said.last);
    return said.warnings;
  } finally {
    const what = `Removing container ${name}`;
    // Killed where it still runs: nobody wants the volume then.
    await within({ clock, limit: REMOVAL_LIMIT, what }, (until) => runtime.remove(name, until));
  }
}

function commandOf(
  { program, keyArguments }: FillContext,
  { job, point, path }: { job: string; point: string; path: string },
): string[] {
  const place = ["--in-place", "--held", "--source", path];
  return [...program, "restore", job, ...place, "--yes", "--point", point, "--json", ...keyArguments];
}

function notRestored(job: string, exitCode: number, last: string): HoldfastError {
  const why = last === "" ? `the container that restores ended with exit code ${exitCode}` : last;
  return new HoldfastError("source", {
    what: `Restoring job ${job}`,
    why: why.replace(/^holdfast: /, "").replace(/\.$/, ""),
  });
}
