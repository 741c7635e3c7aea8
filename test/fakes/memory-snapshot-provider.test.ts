import { describeSnapshotProviderContract } from "../contract/snapshot-provider-contract.ts";
import { SlippingClock } from "./slipping-clock.ts";
import { MemorySnapshotProvider } from "./memory-snapshot-provider.ts";

const ZONE = "europe-north1-a";
const BYTES = 10 * 2 ** 30;

describeSnapshotProviderContract("one in memory", async () => {
  const provider = new MemorySnapshotProvider(new SlippingClock());
  const { snapshots, disks, machines } = provider;
  snapshots.known = new Map(
    ["data-disk", "home-disk", "shared-disk"].map((name) => [name, { bytes: BYTES }]),
  );
  const machine = { zone: ZONE, name: "vm-1" };
  const data = { zone: ZONE, name: "data-disk" };
  disks.add(data, { users: [machine] });
  disks.add({ zone: ZONE, name: "home-disk" });
  disks.add({ region: "europe-north1", name: "shared-disk" });
  const attached = { readOnly: false, autoDelete: false, bytes: BYTES };
  machines
    .attachments(machine)
    .push(
      { ...attached, disk: { zone: ZONE, name: "vm-1" }, deviceName: "boot", boot: true },
      { ...attached, disk: data, deviceName: "data", boot: false },
    );
  return {
    provider,
    addForeign: async ({ disk, schedule }) =>
      snapshots.addForeign({ disk: { zone: ZONE, name: disk }, schedule }).name,
    names: () => [...snapshots.all.keys()],
    setOutcome: (status) => void (snapshots.statusAtFirst = status),
    use: (name) => void snapshots.inUse.add(name),
  };
});
