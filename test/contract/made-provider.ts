/** What the contract of snapshot providers is tried on. */
import type { SnapshotStatus } from "../../src/domain/disk-snapshot.ts";
import type { SnapshotProvider } from "../../src/ports/snapshot-provider.ts";

export interface MadeProvider {
  /**
   * Of a project that holds the disks `data-disk` and `home-disk` of 10 GiB in the zone `europe-north1-a`, the disk `shared-disk` of the region
   * `europe-north1`, and the machine `vm-1` of that zone with `data-disk` attached as `data` and a boot disk; no snapshots.
   */
  provider: SnapshotProvider;
  /** Makes a snapshot that is not ours, by a schedule of the cloud's or by hand, and gives its name. */
  addForeign(snapshot: { disk: string; schedule?: string }): Promise<string>;
  /** Names of all snapshots, ours or not. */
  names(): string[];
  /** What new snapshots become, and where they stay. */
  setOutcome(status: Exclude<SnapshotStatus, "deleting">): void;
  /** Something is made of the snapshot from now on. */
  use(name: string): void;
  cleanUp?: () => Promise<void>;
}
