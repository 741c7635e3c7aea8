/** Which permissions each use takes, and which of them are missing, asked for without changing anything. */
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import { cancellation, messageOf } from "../../domain/errors.ts";
import type {
  InspectRequest,
  Inspection,
  MissingPermission,
  SnapshotUse,
} from "../../ports/snapshot-provider.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { describeDisk, diskPath } from "./places.ts";
import { Granted } from "./resources.ts";

/** Asked for on each disk. */
const ON_DISKS: Readonly<Record<SnapshotUse, readonly string[]>> = {
  backup: ["compute.disks.get", "compute.disks.createSnapshot"],
  prune: [],
  observe: [],
  restore: [],
  replace: [],
  drill: [],
  schedule: ["compute.disks.get", "compute.disks.addResourcePolicies"],
};

const AWAIT_GLOBAL = "compute.globalOperations.get";
const AWAIT_ZONE = "compute.zoneOperations.get";
const NEW_DISK = ["compute.disks.create", "compute.disks.setLabels", "compute.disks.get", AWAIT_ZONE];
const ATTACH = ["compute.instances.get", "compute.instances.attachDisk", "compute.instances.detachDisk"];

/** Asked for on the project: what is made with them is not there yet. */
const ON_PROJECT: Readonly<Record<SnapshotUse, readonly string[]>> = {
  backup: [
    ...["create", "get", "list", "setLabels"].map((verb) => `compute.snapshots.${verb}`),
    ...[AWAIT_ZONE, AWAIT_GLOBAL],
  ],
  prune: ["compute.snapshots.get", "compute.snapshots.list", "compute.snapshots.delete", AWAIT_GLOBAL],
  observe: ["compute.snapshots.list"],
  restore: [
    "compute.snapshots.get",
    "compute.snapshots.useReadOnly",
    ...NEW_DISK,
    "compute.disks.use",
    ...ATTACH,
  ],
  // What a killed swap has begun is waited for before it is undone.
  replace: [...ATTACH, "compute.disks.get", "compute.disks.use", AWAIT_ZONE, "compute.zoneOperations.list"],
  drill: [
    ...["get", "useReadOnly", "setLabels"].map((verb) => `compute.snapshots.${verb}`),
    ...[...NEW_DISK, "compute.disks.list", "compute.disks.delete"],
  ],
  schedule: [
    ...["get", "create", "update", "use"].map((verb) => `compute.resourcePolicies.${verb}`),
    ...["compute.regionOperations.get", AWAIT_ZONE],
  ],
};

/** What a role for these uses has to grant. */
export function permissionsFor(uses: readonly SnapshotUse[]): string[] {
  return [...new Set(uses.flatMap((use) => [...ON_DISKS[use], ...ON_PROJECT[use]]))].sort();
}

export async function inspectPermissions(
  api: ComputeApi,
  { uses, disks }: InspectRequest,
  signal: AbortSignal,
): Promise<Inspection> {
  const purpose = { what: "Asking which permissions are missing", signal };
  const missing: MissingPermission[] = [];
  const unknown: string[] = [];
  const ask = async (on: string, wanted: readonly Wanted[], granted: () => Promise<string[]>) => {
    if (wanted.length === 0) return;
    try {
      const has = await granted();
      missing.push(
        ...wanted.filter(({ permission }) => !has.includes(permission)).map((each) => ({ ...each, on })),
      );
    } catch (error) {
      if (signal.aborted) throw cancellation(signal, purpose.what);
      unknown.push(`Which permissions there are on ${on} could not be found out: ${messageOf(error)}`);
    }
  };
  const onDisks = wantedBy(uses, ON_DISKS);
  for (const disk of disks) {
    await ask(describeDisk(disk), onDisks, () =>
      grantedOnDisk(api, disk, { names: namesOf(onDisks), ...purpose }),
    );
  }
  const onProject = wantedBy(uses, ON_PROJECT);
  // Known before: it cannot be found out without the credential either.
  const project = await api.project(signal);
  await ask(`the project ${project}`, onProject, () =>
    grantedOnProject(api, project, { names: namesOf(onProject), ...purpose }),
  );
  return { missing, unknown };
}

interface Wanted {
  permission: string;
  uses: readonly SnapshotUse[];
}

function wantedBy(
  uses: readonly SnapshotUse[],
  table: Readonly<Record<SnapshotUse, readonly string[]>>,
): Wanted[] {
  const permissions = [...new Set(uses.flatMap((use) => table[use]))];
  return permissions.map((permission) => ({
    permission,
    uses: uses.filter((use) => table[use].includes(permission)),
  }));
}

function namesOf(wanted: readonly Wanted[]): string[] {
  return wanted.map(({ permission }) => permission);
}

type Asked = Purpose & { names: readonly string[] };

async function grantedOnDisk(
  api: ComputeApi,
  disk: DiskRef,
  { names, ...purpose }: Asked,
): Promise<string[]> {
  const path = `${diskPath(disk)}/testIamPermissions`;
  const call = { ...purpose, method: "POST" as const, path, body: { permissions: names } };
  return (await api.call(call, Granted)).permissions;
}

/** By another service than Compute Engine, which can only be asked about what exists. */
async function grantedOnProject(
  api: ComputeApi,
  project: string,
  { names, ...purpose }: Asked,
): Promise<string[]> {
  const path = `/v1/projects/${project}:testIamPermissions`;
  const call = { ...purpose, method: "POST" as const, path, body: { permissions: names } };
  return (await api.ofProjects(call, Granted)).permissions;
}
