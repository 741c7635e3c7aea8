/** `holdfast gce runbook`: how a whole machine of Google's is made again from the snapshots of its disks. */
import { listEverywhere } from "../app/locate-point.ts";
import { vmRunbook } from "../app/vm-runbook.ts";
import type { Stack } from "../daemon/compose.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { CloudDisk, MachineRef, SnapshotProvider } from "../ports/snapshot-provider.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { printJson, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface RunbookOptions {
  vm?: string;
  zone?: string;
}

export const runbookOfMachine: Verb<RunbookOptions> = (context, options) =>
  withStack(context, async (stack) => {
    const { signal, terminal, json } = context;
    const places = [...stack.snapshotPlaces.values()];
    const [place, ...others] = places;
    if (place === undefined) throw usage("no job is of disks", "add one with a source of kind gce-disk");
    if (others.length > 0)
      throw usage("jobs are of disks of several projects", "give it a config with one of them");
    const provider = await place.provider();
    const ref = await machineOf(provider, options, signal);
    const machine = await provider.machines.describe(ref, signal);
    const disks = await knownDisks(provider, machine.disks, signal);
    const { catalog, stack: name } = stack.context;
    const { points } = await listEverywhere({ catalog, stores: [place.store], stack: name, signal });
    const project = projectOf(stack) ?? (await provider.machines.self(signal))?.project ?? "PROJECT";
    const markdown = vmRunbook(machine, points, { project, disks });
    if (json) await printJson(terminal, { machine: ref, project, markdown });
    else await write(terminal.stdout, markdown);
    return EXIT.done;
  });

async function machineOf(
  { machines }: SnapshotProvider,
  { vm, zone }: RunbookOptions,
  signal: AbortSignal,
): Promise<MachineRef> {
  if (vm !== undefined && zone !== undefined) return { name: vm, zone };
  if (vm !== undefined || zone !== undefined)
    throw usage("a machine is named by --vm and --zone", "give both, or neither for this machine");
  const self = await machines.self(signal);
  if (self !== undefined) return { name: self.name, zone: self.zone };
  throw usage("this is no machine of Google Cloud", "name one with --vm and --zone");
}

/** One that is gone tells nothing any more. */
async function knownDisks(
  { disks }: SnapshotProvider,
  attached: readonly { disk: CloudDisk["disk"] }[],
  signal: AbortSignal,
): Promise<CloudDisk[]> {
  const found: CloudDisk[] = [];
  for (const { disk } of attached) found.push(...[(await disks.find(disk, signal)) ?? []].flat());
  return found;
}

function projectOf({ config }: Stack): string | undefined {
  return config.snapshotStores[0]?.connection.project;
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Writing the runbook of a machine", why, next });
}
