/** What the fake's methods do to disks, machines and resource policies. */
import type { Failure, Json } from "./operations.ts";
import { STUCK } from "./operations.ts";
import type { FakeProject } from "./project.ts";
import { alreadyExists, FakeRefusal, notFound } from "./refusal.ts";

interface Begun {
  requestId: string | undefined;
  failure: Failure | undefined;
}

interface Attached extends Json {
  deviceName: string;
  source: string;
  boot: boolean;
}

export class FakeProjectDisks {
  readonly #project: FakeProject;
  /** Paths of disks that were deleted by a request. */
  readonly deleted: string[] = [];
  /** Told of every disk that is attached under a device name, and with undefined, that none is any more. */
  onDevice: (deviceName: string, diskName: string | undefined) => void = () => undefined;

  constructor(project: FakeProject) {
    this.#project = project;
  }

  insert(place: string, body: Json, { requestId, failure }: Begun): Json {
    const project = this.#project;
    const path = `${place}/disks/${String(body["name"])}`;
    if (project.disks.has(path)) throw alreadyExists(`projects/${project.name}/${path}`);
    const source = String(body["sourceSnapshot"]);
    const snapshot = project.snapshot(source.replace(/.*\//, "")).resource;
    const sizeGb = String(body["sizeGb"] ?? snapshot["diskSizeGb"]);
    if (Number(sizeGb) < Number(snapshot["diskSizeGb"])) {
      const message = `Invalid value for field 'resource.sizeGb': '${sizeGb}'. Disk size cannot be smaller than the snapshot size.`;
      throw new FakeRefusal(400, "invalid", message);
    }
    const begun = { scope: place, type: "insert", target: path, requestId };
    if (failure !== undefined) return project.operations.begin(begun, [STUCK], failure);
    const { sourceSnapshotEncryptionKey: _, diskEncryptionKey: __, ...told } = body;
    const sourceSnapshot = `${project.base}/global/snapshots/${snapshot.name}`;
    const disk = project.addDisk(path, { ...told, sizeGb, sourceSnapshot, status: "CREATING" });
    return project.operations.begin(begun, [() => void (disk["status"] = "READY")]);
  }

  delete(path: string, { requestId, failure }: Begun): Json {
    const project = this.#project;
    const disk = project.disk(path);
    const users = (disk["users"] ?? []) as string[];
    if (users.length > 0) {
      const message = `The disk resource '${path}' is already being used by '${users[0]}'`;
      throw new FakeRefusal(400, "resourceInUseByAnotherResource", message);
    }
    const begun = { scope: path.replace(/\/disks\/.*/, ""), type: "delete", target: path, requestId };
    if (failure !== undefined) return project.operations.begin(begun, [STUCK], failure);
    this.deleted.push(path);
    return project.operations.begin(begun, [() => void project.disks.delete(path)]);
  }

  addInstance(zone: string, name: string, more: Json = {}): Json {
    const { base } = this.#project;
    const instance = {
      ...{ kind: "compute#instance", id: this.#project.nextId(), name, status: "RUNNING" },
      ...{ zone: `${base}/zones/${zone}`, machineType: `${base}/zones/${zone}/machineTypes/e2-standard-4` },
      ...{ disks: [], labels: {}, tags: { items: ["http-server"], fingerprint: "AAAA" }, ...more },
    };
    this.#project.instances.set(`zones/${zone}/instances/${name}`, instance);
    return instance;
  }

  instance(path: string): Json {
    const instance = this.#project.instances.get(path);
    if (instance === undefined) throw notFound(`projects/${this.#project.name}/${path}`);
    return instance;
  }

  attach(path: string, body: Json, { requestId, failure }: Begun): Json {
    const instance = this.instance(path);
    const attached = instance["disks"] as Attached[];
    const diskPath = String(body["source"]).replace(/.*?((zones|regions)\/)/, "$1");
    const disk = this.#project.disk(diskPath);
    const deviceName = String(body["deviceName"]);
    if (attached.some((each) => each.deviceName === deviceName)) {
      throw new FakeRefusal(400, "invalid", `Device name '${deviceName}' is already in use.`);
    }
    if (((disk["users"] ?? []) as string[]).length > 0) {
      throw new FakeRefusal(
        400,
        "resourceInUseByAnotherResource",
        `The disk resource '${diskPath}' is in use`,
      );
    }
    const begun = { scope: path.replace(/\/instances\/.*/, ""), type: "attachDisk", target: path, requestId };
    if (failure !== undefined) return this.#project.operations.begin(begun, [STUCK], failure);
    const put = () => {
      // Two that were begun at once: the second one finds what the first has done.
      const isTaken = (instance["disks"] as Attached[]).some((each) => each.deviceName === deviceName);
      if (!isTaken) return void this.putIn(path, diskPath, { deviceName, ...body });
      const errors = [{ code: "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", message: `'${diskPath}' is in use` }];
      Object.assign(operation, { error: { errors }, httpErrorStatusCode: 400 });
    };
    const operation: Json = this.#project.operations.begin(begun, [put]);
    return operation;
  }

  /** At once, as by a test. */
  putIn(path: string, diskPath: string, more: Json): void {
    const disk = this.#project.disk(diskPath);
    const attached = this.instance(path)["disks"] as Attached[];
    const { base } = this.#project;
    attached.push({
      ...{
        kind: "compute#attachedDisk",
        type: "PERSISTENT",
        mode: "READ_WRITE",
        boot: false,
        autoDelete: false,
      },
      ...{ index: attached.length, deviceName: "", diskSizeGb: String(disk["sizeGb"]), ...more },
      source: `${base}/${diskPath}`,
    });
    disk["users"] = [`${base}/${path}`];
    this.onDevice(String(more["deviceName"]), String(disk["name"]));
  }

  detach(path: string, deviceName: string, { requestId, failure }: Begun): Json {
    const instance = this.instance(path);
    const attached = instance["disks"] as Attached[];
    const found = attached.find((each) => each.deviceName === deviceName);
    if (found === undefined) {
      throw new FakeRefusal(400, "invalid", `No attached disk found with device name '${deviceName}'`);
    }
    const begun = { scope: path.replace(/\/instances\/.*/, ""), type: "detachDisk", target: path, requestId };
    if (failure !== undefined) return this.#project.operations.begin(begun, [STUCK], failure);
    const detach = () => {
      instance["disks"] = attached.filter((each) => each !== found);
      delete this.#project.disk(found.source.replace(`${this.#project.base}/`, ""))["users"];
      this.onDevice(deviceName, undefined);
    };
    return this.#project.operations.begin(begun, [detach]);
  }

  policy(path: string): Json {
    const policy = this.#project.policies.get(path);
    if (policy === undefined) throw notFound(`projects/${this.#project.name}/${path}`);
    return policy;
  }

  insertPolicy(region: string, body: Json, { requestId, failure }: Begun): Json {
    const project = this.#project;
    const path = `${region}/resourcePolicies/${String(body["name"])}`;
    if (project.policies.has(path)) throw alreadyExists(`projects/${project.name}/${path}`);
    const begun = { scope: region, type: "insert", target: path, requestId };
    if (failure !== undefined) return project.operations.begin(begun, [STUCK], failure);
    const told = { kind: "compute#resourcePolicy", id: project.nextId(), status: "READY" };
    const where = { selfLink: `${project.base}/${path}`, region: `${project.base}/${region}` };
    const insert = () => void project.policies.set(path, { ...told, ...body, ...where });
    return project.operations.begin(begun, [insert]);
  }

  patchPolicy(path: string, body: Json, { requestId, failure }: Begun): Json {
    const policy = this.policy(path);
    const begun = {
      scope: path.replace(/\/resourcePolicies\/.*/, ""),
      type: "patch",
      target: path,
      requestId,
    };
    if (failure !== undefined) return this.#project.operations.begin(begun, [STUCK], failure);
    return this.#project.operations.begin(begun, [() => void Object.assign(policy, body)]);
  }

  addPolicies(diskPath: string, body: Json, { requestId, failure }: Begun): Json {
    const disk = this.#project.disk(diskPath);
    const wanted = (body["resourcePolicies"] as string[]).map((url) => {
      const path = url.replace(/.*?(regions\/)/, "$1");
      this.policy(path);
      return `${this.#project.base}/${path}`;
    });
    const begun = {
      scope: diskPath.replace(/\/disks\/.*/, ""),
      type: "addResourcePolicies",
      target: diskPath,
      requestId,
    };
    if (failure !== undefined) return this.#project.operations.begin(begun, [STUCK], failure);
    const there = (disk["resourcePolicies"] ?? []) as string[];
    const add = () => void (disk["resourcePolicies"] = [...new Set([...there, ...wanted])]);
    return this.#project.operations.begin(begun, [add]);
  }
}
