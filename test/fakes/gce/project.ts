/** What there is in the fake's project, and what its methods do to it. */
import { createHash } from "node:crypto";
import type { Failure, FakeOperations, Json } from "./operations.ts";
import { STUCK } from "./operations.ts";
import { alreadyExists, FakeRefusal, notFound } from "./refusal.ts";

export type Outcome = "creating" | "uploading" | "ready" | "failed";

export interface FakeSnapshot {
  resource: Json & { name: string; status: string; labels: Record<string, string> };
  /** What asked for it; undefined for those that were there. */
  requestId: string | undefined;
}

interface Begun {
  requestId: string | undefined;
  failure: Failure | undefined;
}

/** How an operation tells of itself. */
interface Announced {
  scope: string;
  type: string;
  target: string;
}

const GIB = 2 ** 30;
const HOUR = 3_600_000;

export class FakeProject {
  readonly name = "acme";
  readonly base: string;
  readonly operations: FakeOperations;
  readonly snapshots = new Map<string, FakeSnapshot>();
  /** Every snapshot there ever was, by name, how often it was made. */
  readonly everMade = new Map<string, number>();
  /** Names of those that were deleted by a request. */
  readonly deleted: string[] = [];
  readonly disks = new Map<string, Json>();
  readonly instances = new Map<string, Json>();
  readonly policies = new Map<string, Json>();
  /** Names of snapshots that something is being made of. */
  readonly inUse = new Set<string>();
  outcome: Outcome = "ready";
  /** How a seventh snapshot of a disk in an hour is refused; undefined: not at all. */
  limit: "answer" | "operation" | undefined;
  readonly #now: () => number;
  #ids = 100;

  constructor(base: string, operations: FakeOperations, now: () => number) {
    this.base = base;
    this.operations = operations;
    this.#now = now;
  }

  timestamp(): string {
    return new Date(this.#now()).toISOString();
  }

  nextId(): string {
    return String(++this.#ids);
  }

  addDisk(path: string, more: Json = {}): Json {
    const [kind = "", place = "", , name = ""] = path.split("/");
    const where = { [kind === "zones" ? "zone" : "region"]: `${this.base}/${kind}/${place}` };
    const disk = {
      ...{ kind: "compute#disk", id: this.nextId(), name, status: "READY", sizeGb: "10", ...where },
      ...{ selfLink: `${this.base}/${path}`, creationTimestamp: this.timestamp() },
      ...{ type: `${this.base}/${kind}/${place}/diskTypes/pd-balanced`, ...more },
    };
    this.disks.set(path, disk);
    return disk;
  }

  disk(path: string): Json {
    const disk = this.disks.get(path);
    if (disk === undefined) throw notFound(`projects/${this.name}/${path}`);
    return disk;
  }

  /** One that something is in. */
  zone(name: string): Json {
    const isThere = [...this.disks.keys()].some((path) => path.startsWith(`zones/${name}/`));
    if (!isThere) throw notFound(`projects/${this.name}/zones/${name}`);
    const region = `${this.base}/regions/${name.replace(/-[a-z]$/, "")}`;
    const selfLink = `${this.base}/zones/${name}`;
    return { kind: "compute#zone", id: "2000", name, status: "UP", region, selfLink };
  }

  snapshot(name: string): FakeSnapshot {
    const snapshot = this.snapshots.get(name);
    if (snapshot === undefined) throw notFound(`projects/${this.name}/global/snapshots/${name}`);
    return snapshot;
  }

  addSnapshot(diskPath: string, resource: Json & { name: string }, requestId?: string): FakeSnapshot {
    const disk = this.disk(diskPath);
    const labels = (resource["labels"] ?? {}) as Record<string, string>;
    const whole = {
      ...{
        kind: "compute#snapshot",
        id: this.nextId(),
        status: "READY",
        creationTimestamp: this.timestamp(),
      },
      ...{
        diskSizeGb: String(disk["sizeGb"]),
        sourceDisk: `${this.base}/${diskPath}`,
        storageLocations: ["eu"],
      },
      ...{
        selfLink: `${this.base}/global/snapshots/${resource.name}`,
        snapshotType: "STANDARD",
        ...resource,
      },
      ...{ labels, labelFingerprint: fingerprintOf(labels) },
    };
    const snapshot = { resource: whole, requestId };
    this.snapshots.set(resource.name, snapshot);
    this.everMade.set(resource.name, (this.everMade.get(resource.name) ?? 0) + 1);
    return snapshot;
  }

  /** Of a disk that the request names, which is an operation of the project. */
  insertSnapshot(body: Json, begun: Begun): Json {
    const diskPath = String(body["sourceDisk"]).replace(/.*?((zones|regions)\/)/, "$1");
    const target = `global/snapshots/${String(body["name"])}`;
    return this.#snapshotOf(diskPath, body, { ...begun, scope: "global", type: "insert", target });
  }

  createSnapshot(diskPath: string, body: Json, begun: Begun): Json {
    const scope = diskPath.replace(/\/disks\/.*/, "");
    return this.#snapshotOf(diskPath, body, { ...begun, scope, type: "createSnapshot", target: diskPath });
  }

  #snapshotOf(diskPath: string, body: Json, { failure, ...begun }: Begun & Announced): Json {
    this.disk(diskPath);
    const name = String(body["name"]);
    if (this.snapshots.has(name)) throw alreadyExists(`projects/${this.name}/global/snapshots/${name}`);
    const tooOften = this.#refusalByLimit(diskPath);
    const { sourceDiskEncryptionKey: _, snapshotEncryptionKey: __, sourceDisk: ___, ...told } = body;
    const late = failure ?? tooOften;
    if (late !== undefined) return this.operations.begin(begun, [STUCK], late);
    const { resource } = this.addSnapshot(diskPath, { ...told, name, status: "CREATING" }, begun.requestId);
    const become = (status: string) => () => {
      if (this.snapshots.has(name)) resource.status = status;
    };
    const ready = () => {
      become("READY")();
      resource["storageBytes"] = String(GIB);
    };
    const steps: Record<Outcome, (() => void)[]> = {
      creating: [STUCK, STUCK],
      uploading: [become("UPLOADING"), STUCK, STUCK],
      ready: [become("UPLOADING"), ready],
      failed: [become("UPLOADING"), become("FAILED")],
    };
    return this.operations.begin(begun, steps[this.outcome]);
  }

  #refusalByLimit(diskPath: string): Failure | undefined {
    if (this.limit === undefined) return undefined;
    const since = this.#now() - HOUR;
    const recent = [...this.snapshots.values()].filter(
      ({ resource }) =>
        String(resource["sourceDisk"]).endsWith(diskPath) &&
        Date.parse(String(resource["creationTimestamp"])) > since,
    );
    if (recent.length < 6) return undefined;
    const message = `Operation rate exceeded for resource 'projects/${this.name}/${diskPath}'. Too frequent operations from the source resource.`;
    if (this.limit === "answer") throw new FakeRefusal(403, "resourceOperationRateExceeded", message);
    return { code: "RESOURCE_OPERATION_RATE_EXCEEDED", message };
  }

  deleteSnapshot(name: string, { requestId, failure }: Begun): Json {
    const { resource } = this.snapshot(name);
    if (this.inUse.has(name)) {
      const message = `The snapshot resource '${resource["selfLink"] as string}' is already being used by 'disks/new'`;
      throw new FakeRefusal(400, "resourceInUseByAnotherResource", message);
    }
    const begun = { scope: "global", type: "delete", target: `global/snapshots/${name}`, requestId };
    if (failure !== undefined) return this.operations.begin(begun, [STUCK], failure);
    resource.status = "DELETING";
    this.deleted.push(name);
    return this.operations.begin(begun, [() => void this.snapshots.delete(name)]);
  }

  setLabels(name: string, body: Json, failure: Failure | undefined): Json {
    const { resource } = this.snapshot(name);
    if (resource["labelFingerprint"] !== body["labelFingerprint"]) {
      throw new FakeRefusal(
        412,
        "conditionNotMet",
        "Labels fingerprint either invalid or resource labels have changed",
      );
    }
    const target = `global/snapshots/${name}`;
    const begun = { scope: "global", type: "setLabels", target, requestId: undefined };
    if (failure !== undefined) return this.operations.begin(begun, [STUCK], failure);
    // Answered for at once, as the fingerprint tells.
    resource.labels = (body["labels"] ?? {}) as Record<string, string>;
    resource["labelFingerprint"] = fingerprintOf(resource.labels);
    return this.operations.begin(begun, [() => undefined]);
  }
}

function fingerprintOf(labels: Record<string, string>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("base64").slice(0, 12);
}
