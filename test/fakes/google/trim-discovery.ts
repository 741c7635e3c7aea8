/**
 * Makes a discovery.json of one of Google's discovery documents (https://<api>.googleapis.com/$discovery/rest?version=v1):
 *
 *     node test/fakes/google/trim-discovery.ts storage < storage.v1.json > test/fakes/gcs/discovery.json
 *     node test/fakes/google/trim-discovery.ts compute < compute.v1.json > test/fakes/gce/discovery.json
 *     node test/fakes/google/trim-discovery.ts cloudresourcemanager < cloudresourcemanager.v1.json > test/fakes/gce/projects-discovery.json
 *
 * The methods that are called, and what their schemas refer to, without prose; of large schemas only what is used.
 */
import { text } from "node:stream/consumers";

interface Schema {
  properties?: Record<string, unknown>;
}

interface Document {
  revision: string;
  servicePath: string;
  parameters: Record<string, unknown>;
  resources: Record<string, { methods: Record<string, Record<string, unknown>> }>;
  schemas: Record<string, Schema>;
}

const OF_DISKS = [
  "get",
  "createSnapshot",
  "insert",
  "list",
  "delete",
  "addResourcePolicies",
  "testIamPermissions",
];
const METHODS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  storage: {
    objects: ["insert", "get", "list", "delete"],
    buckets: ["get", "testIamPermissions"],
  },
  compute: {
    disks: [...OF_DISKS, "aggregatedList"],
    regionDisks: OF_DISKS,
    snapshots: ["get", "list", "delete", "insert", "setLabels", "testIamPermissions"],
    instances: ["get", "attachDisk", "detachDisk"],
    resourcePolicies: ["get", "insert", "patch"],
    zones: ["get"],
    zoneOperations: ["get", "list", "wait"],
    regionOperations: ["get", "wait"],
    globalOperations: ["get", "wait"],
  },
  cloudresourcemanager: { projects: ["testIamPermissions"] },
};
/** What is left of schemas that describe half of the cloud. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  Instance: [
    ...["kind", "id", "name", "selfLink", "zone", "status", "machineType", "tags", "labels", "disks"],
    ...["networkInterfaces", "serviceAccounts", "deletionProtection", "creationTimestamp"],
  ],
  NetworkInterface: ["kind", "name", "network", "subnetwork", "networkIP", "accessConfigs", "stackType"],
  AccessConfig: ["kind", "name", "type", "natIP"],
  AttachedDisk: [
    ...[
      "kind",
      "type",
      "mode",
      "source",
      "deviceName",
      "index",
      "boot",
      "autoDelete",
      "diskSizeGb",
      "interface",
    ],
    ...["forceAttach", "diskEncryptionKey"],
  ],
  Operation: [
    ...[
      "kind",
      "id",
      "name",
      "operationType",
      "status",
      "progress",
      "targetId",
      "targetLink",
      "user",
      "error",
    ],
    ...["httpErrorStatusCode", "httpErrorMessage", "insertTime", "startTime", "endTime", "selfLink", "zone"],
    ...["region", "statusMessage", "clientOperationId", "warnings"],
  ],
  Zone: [
    ...["kind", "id", "name", "description", "region", "selfLink", "status", "creationTimestamp"],
    "deprecated",
  ],
  ResourcePolicy: [
    ...["kind", "id", "name", "description", "region", "selfLink", "status", "creationTimestamp"],
    "snapshotSchedulePolicy",
  ],
};
const PROSE = new Set([
  "description",
  "enumDescriptions",
  "scopes",
  "annotations",
  "parameterOrder",
  "flatPath",
]);

const api = process.argv[2] ?? "";
const document = JSON.parse(await text(process.stdin)) as Document;
const methods = Object.entries(METHODS[api] ?? {}).flatMap(([resource, names]) =>
  names.map((name) => document.resources[resource]?.methods[name]),
);
const schemas: Record<string, unknown> = {};
collect(methods);
const trimmed = {
  ...{ revision: document.revision, servicePath: document.servicePath, parameters: document.parameters },
  ...{ methods, schemas },
};
process.stdout.write(
  `${JSON.stringify(trimmed, (key, value: unknown) => (isProse(key, value) ? undefined : value), 2)}\n`,
);

/** A property may be called `description`, and then it is a schema. */
function isProse(key: string, value: unknown): boolean {
  return PROSE.has(key) && (typeof value === "string" || Array.isArray(value) || key === "annotations");
}

/** Every schema that is referred to, and what those refer to. */
function collect(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key !== "$ref" || typeof child !== "string") {
      collect(child);
    } else if (!(child in schemas)) {
      schemas[child] = partOf(child);
      collect(schemas[child]);
    }
  }
}

function partOf(name: string): unknown {
  const schema = document.schemas[name];
  const kept = PROPERTIES[name];
  if (schema?.properties === undefined || kept === undefined || api !== "compute") return schema;
  const { properties } = schema;
  return {
    ...schema,
    properties: Object.fromEntries(kept.map((property) => [property, properties[property]])),
  };
}
