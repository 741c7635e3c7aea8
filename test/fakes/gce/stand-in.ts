/** A fake Compute Engine with something in it, and providers over it. */
import { GceProvider, type GceSurroundings } from "../../../src/snapshots/gce/gce-provider.ts";
import type { GceOptions } from "../../../src/snapshots/gce/options.ts";
import { SlippingClock } from "../slipping-clock.ts";
import { FakeCompute } from "./fake-compute.ts";

export const ZONE = "europe-north1-a";
export const REGION = "europe-north1";

export interface GceSetUp {
  options?: GceOptions;
  around?: Partial<GceSurroundings>;
}

/** A project with two disks of a zone, one of a region, and a machine. */
export async function startCompute(clock: SlippingClock): Promise<FakeCompute> {
  const compute = await FakeCompute.start(() => clock.now());
  const { project, disks } = compute;
  for (const name of ["data-disk", "home-disk", "vm-1"]) project.addDisk(`zones/${ZONE}/disks/${name}`);
  project.addDisk(`regions/${REGION}/disks/shared-disk`);
  disks.addInstance(ZONE, "vm-1");
  disks.putIn(`zones/${ZONE}/instances/vm-1`, `zones/${ZONE}/disks/vm-1`, { deviceName: "boot", boot: true });
  disks.putIn(`zones/${ZONE}/instances/vm-1`, `zones/${ZONE}/disks/data-disk`, { deviceName: "data" });
  return compute;
}

export function providerOver(
  compute: FakeCompute,
  clock: SlippingClock,
  { options = {}, around = {} }: GceSetUp = {},
): GceProvider {
  return new GceProvider(
    { project: "acme", endpoint: compute.url, ...options },
    { clock, random: () => 0.5, env: {}, ...around },
  );
}
