import { expect } from "vitest";
import { describeSnapshotProviderContract } from "../../../test/contract/snapshot-provider-contract.ts";
import { providerOver, startCompute, ZONE } from "../../../test/fakes/gce/stand-in.ts";
import { SlippingClock } from "../../../test/fakes/slipping-clock.ts";

describeSnapshotProviderContract("one of Google Cloud", async () => {
  const clock = new SlippingClock();
  const compute = await startCompute(clock);
  const { project } = compute;
  const policies =
    "https://www.googleapis.com/compute/v1/projects/acme/regions/europe-north1/resourcePolicies";
  return {
    provider: providerOver(compute, clock),
    addForeign: async ({ disk, schedule }) => {
      const name = `foreign-${project.nextId()}`;
      const made = schedule === undefined ? {} : { sourceSnapshotSchedulePolicy: `${policies}/${schedule}` };
      project.addSnapshot(`zones/${ZONE}/disks/${disk}`, { name, ...made });
      return name;
    },
    names: () => [...project.snapshots.keys()],
    setOutcome: (outcome) => void (project.outcome = outcome),
    use: (name) => void project.inUse.add(name),
    cleanUp: async () => {
      await compute.close();
      expect(compute.violations).toEqual([]);
    },
  };
});
