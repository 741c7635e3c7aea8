/** The methods of the fake: which permissions they ask for, and what they answer. */
import type { Call } from "../google/api-contract.ts";
import type { Fault } from "./faults.ts";
import { pageOf } from "./listing.ts";
import type { FakeOperations, Json } from "./operations.ts";
import type { FakeProject } from "./project.ts";
import type { FakeProjectDisks } from "./project-disks.ts";
import { FakeRefusal, notFound } from "./refusal.ts";

/** By method: what it takes, as Google's reference of each says. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  "disks.createSnapshot": ["disks.createSnapshot", "snapshots.create", "snapshots.setLabels"],
  "disks.insert": ["disks.create", "disks.setLabels", "snapshots.useReadOnly"],
  "disks.get": ["disks.get"],
  "disks.list": ["disks.list"],
  "disks.aggregatedList": ["disks.list"],
  "disks.delete": ["disks.delete"],
  "disks.addResourcePolicies": ["disks.addResourcePolicies", "resourcePolicies.use"],
  "snapshots.insert": ["disks.createSnapshot", "snapshots.create", "snapshots.setLabels"],
  "snapshots.get": ["snapshots.get"],
  "snapshots.list": ["snapshots.list"],
  "snapshots.delete": ["snapshots.delete"],
  "snapshots.setLabels": ["snapshots.setLabels"],
  "instances.get": ["instances.get"],
  "instances.attachDisk": ["instances.attachDisk", "disks.use"],
  "instances.detachDisk": ["instances.detachDisk"],
  "resourcePolicies.get": ["resourcePolicies.get"],
  "resourcePolicies.insert": ["resourcePolicies.create"],
  "resourcePolicies.patch": ["resourcePolicies.update"],
  "zones.get": ["zones.get"],
  "zoneOperations.list": ["zoneOperations.list"],
  "zoneOperations.get": ["zoneOperations.get"],
  "zoneOperations.wait": ["zoneOperations.get"],
  "regionOperations.get": ["regionOperations.get"],
  "regionOperations.wait": ["regionOperations.get"],
  "globalOperations.get": ["globalOperations.get"],
  "globalOperations.wait": ["globalOperations.get"],
};

export class FakeApi {
  readonly #project: FakeProject;
  readonly #disks: FakeProjectDisks;
  readonly #operations: FakeOperations;
  /** Those that the credential lacks, as `compute.disks.get`. */
  readonly lacks = new Set<string>();
  lacksAll = false;
  /** Told of each that a request takes. */
  onPermission: (permission: string) => void = () => undefined;
  pageSize = 500;

  constructor(project: FakeProject, disks: FakeProjectDisks) {
    this.#project = project;
    this.#disks = disks;
    this.#operations = project.operations;
  }

  answer({ method, values }: Call, body: Json, fault: Fault | undefined): Json {
    const value = (name: string) => values.get(name)?.[0];
    const id = shortId(method.id);
    if (id === "projects.testIamPermissions") return this.#granted(body);
    if (value("project") !== this.#project.name) throw notFound(`projects/${value("project")}`);
    const path = methodPath(values);
    for (const permission of PERMISSIONS[id] ?? []) this.#assertPermission(`compute.${permission}`, path);
    const requestId = value("requestId");
    const failure = fault?.kind === "fail-late" ? fault : undefined;
    const before = this.#operations.of(requestId);
    return before ?? this.#do(id, { path, value, body, begun: { requestId, failure }, fault });
  }

  #assertPermission(permission: string, path: string): void {
    this.onPermission(permission);
    if (!this.lacksAll && !this.lacks.has(permission)) return;
    const message = `Required '${permission}' permission for 'projects/${this.#project.name}/${path}'`;
    throw new FakeRefusal(403, "forbidden", message);
  }

  #granted(body: Json): Json {
    const asked = (body["permissions"] ?? []) as string[];
    const permissions = this.lacksAll ? [] : asked.filter((permission) => !this.lacks.has(permission));
    return permissions.length === 0 ? {} : { permissions };
  }

  #do(id: string, { path, value, body, begun, fault }: Doing): Json {
    const { snapshots, instances } = this.#project;
    switch (id) {
      case "disks.createSnapshot":
        return this.#project.createSnapshot(path, body, begun);
      case "disks.insert":
        return this.#disks.insert(path.replace(/\/disks.*/, ""), body, begun);
      case "disks.get":
        return this.#project.disk(path);
      case "disks.delete":
        return this.#disks.delete(path, begun);
      case "disks.addResourcePolicies":
        return this.#disks.addPolicies(path, body, begun);
      case "disks.testIamPermissions":
        this.#project.disk(path);
        return this.#granted(body);
      case "disks.aggregatedList":
        return this.#allDisks(value);
      case "snapshots.insert":
        return this.#project.insertSnapshot(body, begun);
      case "snapshots.get":
        return this.#project.snapshot(value("snapshot") ?? "").resource;
      case "snapshots.list":
        return {
          kind: "compute#snapshotList",
          ...this.#page(
            [...snapshots.values()].map(({ resource }) => resource),
            value,
          ),
        };
      case "snapshots.delete":
        return this.#project.deleteSnapshot(value("snapshot") ?? "", begun);
      case "snapshots.setLabels":
        return this.#project.setLabels(value("resource") ?? "", body, begun.failure);
      case "instances.get":
        if (!instances.has(path)) throw notFound(`projects/${this.#project.name}/${path}`);
        return this.#disks.instance(path);
      case "instances.attachDisk":
        return this.#disks.attach(path, body, begun);
      case "instances.detachDisk":
        return this.#disks.detach(path, value("deviceName") ?? "", begun);
      default:
        return this.#doOther(id, { path, value, body, begun, fault });
    }
  }

  #doOther(id: string, { path, value, body, begun, fault }: Doing): Json {
    switch (id) {
      case "resourcePolicies.get":
        return this.#disks.policy(path);
      case "resourcePolicies.insert":
        return this.#disks.insertPolicy(path.replace(/\/resourcePolicies.*/, ""), body, begun);
      case "resourcePolicies.patch":
        return this.#disks.patchPolicy(path, body, begun);
      case "zones.get":
        return this.#project.zone(value("zone") ?? "");
      case "zoneOperations.list":
        return {
          kind: "compute#operationList",
          ...{ id: path, selfLink: `${this.#project.base}/${path}/operations` },
          ...this.#page(this.#operations.in(path), value),
        };
      case "zoneOperations.wait":
      case "regionOperations.wait":
      case "globalOperations.wait":
        if (fault?.kind === "early") return this.#operations.get(value("operation") ?? "");
        return this.#operations.finish(value("operation") ?? "");
      case "zoneOperations.get":
      case "regionOperations.get":
      case "globalOperations.get":
        return this.#operations.get(value("operation") ?? "");
      default:
        throw new Error(`the fake does not do ${id}`);
    }
  }

  #page(all: Json[], value: Doing["value"]) {
    const asked = Number(value("maxResults") ?? 500);
    return pageOf(all, {
      ...{ filter: value("filter"), orderBy: value("orderBy"), pageToken: value("pageToken") },
      maxResults: Math.min(asked, this.pageSize),
    });
  }

  #allDisks(value: Doing["value"]): Json {
    const { items: found = [], ...more } = this.#page([...this.#project.disks.values()], value);
    const items: Record<string, { disks: Json[] }> = {};
    for (const disk of found) {
      const place = /(zones|regions)\/[^/]+/.exec(String(disk["selfLink"]))?.[0] ?? "";
      items[place] = { disks: [...(items[place]?.disks ?? []), disk] };
    }
    return { kind: "compute#diskAggregatedList", ...more, items };
  }
}

interface Doing {
  path: string;
  value: (name: string) => string | undefined;
  body: Json;
  begun: { requestId: string | undefined; failure: (Fault & { kind: "fail-late" }) | undefined };
  fault: Fault | undefined;
}

/** `disks.get`, of zonal and regional disks alike. */
export function shortId(id: string): string {
  const short = id.replace(/^\w+\./, "");
  return short.startsWith("regionDisks.") ? `disks.${short.slice("regionDisks.".length)}` : short;
}

/** `zones/europe-north1-a/disks/data-disk` */
function methodPath(values: Call["values"]): string {
  const first = (name: string) => values.get(name)?.[0];
  const place =
    first("zone") === undefined ? first("region") && `regions/${first("region")}` : `zones/${first("zone")}`;
  const disk = first("disk") ?? (place === undefined ? undefined : first("resource"));
  if (disk !== undefined) return `${place}/disks/${disk}`;
  if (first("instance") !== undefined) return `${place}/instances/${first("instance")}`;
  if (first("resourcePolicy") !== undefined) return `${place}/resourcePolicies/${first("resourcePolicy")}`;
  const snapshot = first("snapshot") ?? first("resource");
  if (snapshot !== undefined) return `global/snapshots/${snapshot}`;
  return place ?? "global";
}
