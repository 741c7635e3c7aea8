/** Wires jobs whose points are managed backups: what asks the vendor is loaded only once one of them is looked at. */
import { ownEnvironment } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { isManaged, type ManagedStoreConfig } from "../config/managed-stores.ts";
import { CLOUD_SQL } from "../domain/managed-backup.ts";
import type { ManagedBackups } from "../ports/managed-backups.ts";
import type { Store } from "../ports/store.ts";
import { managedPoints } from "../stores/snapshots/managed-points.ts";
import { SnapshotStore } from "../stores/snapshots/snapshot-store.ts";
import { once, openCompanion, type CloudSurroundings } from "./compose-snapshots.ts";

export interface ManagedPlace {
  store: Store;
  backups: () => Promise<ManagedBackups>;
}

/** By the names of their stores. */
export function createManagedPlaces(
  config: LoadedConfig,
  around: CloudSurroundings,
): ReadonlyMap<string, ManagedPlace> {
  return new Map(config.managedStores.map((of) => [of.name, placeOf(config, of, around)]));
}

function placeOf(
  { stack, stateDirectory, jobs }: LoadedConfig,
  { name, connection }: ManagedStoreConfig,
  around: CloudSurroundings,
): ManagedPlace {
  const { clock, tool } = around;
  const backups = once(() => load(connection, around));
  const observed = jobs.flatMap(({ job, source }) =>
    isManaged(source) && job.isObserved === true && job.stores.includes(name) ? [job.name] : [],
  );
  const store = new SnapshotStore({
    ...{ name, kind: CLOUD_SQL, holds: "managed backups", stack, clock },
    companion: openCompanion(stateDirectory, name, around),
    isObserved: (job) => observed.includes(job),
    points: async () => managedPoints(await backups(), { stack, observed, place: connection, tool }),
  });
  return { store, backups };
}

async function load(
  connection: ManagedStoreConfig["connection"],
  { clock, random }: CloudSurroundings,
): Promise<ManagedBackups> {
  const { CloudSqlBackups } = await import("../snapshots/cloud-sql/cloud-sql-backups.ts");
  return new CloudSqlBackups(connection, { clock, random, env: ownEnvironment() });
}
