import { describe, expect, it } from "vitest";
import { blueprint } from "../../../test/fakes/memory-copy-engine.ts";
import { MemoryEngine, type ServiceSpec } from "../../../test/fakes/memory-engine.ts";
import type { Container, ContainerMount } from "../../ports/container-runtime.ts";
import type { ContainerBlueprint, ContainerRights } from "../../ports/copy-engine.ts";
import { planCopy, type CopyPlan, type CopyWish } from "./plan-copy.ts";

const volume = (name: string, destination: string, writable = true): ContainerMount => ({
  ...{ kind: "volume", volume: name, source: `/engine/volumes/${name}/_data`, destination, writable },
});
const bind = (source: string, destination: string, writable = true): ContainerMount => ({
  ...{ kind: "bind", volume: undefined, source, destination, writable },
});

interface Part extends ServiceSpec {
  more?: Partial<ContainerBlueprint>;
  rights?: Partial<ContainerRights>;
}

async function containerOf(spec: ServiceSpec): Promise<Container> {
  const engine = new MemoryEngine();
  return engine.inspect(engine.addService(spec));
}

async function plan(parts: readonly Part[], wish: Partial<CopyWish> = {}): Promise<CopyPlan> {
  const own = await containerOf({ service: "backup", mounts: [bind("/opt/hf/docker.sock", "/d.sock")] });
  const blueprints = await Promise.all(
    parts.map(async ({ more, rights, ...spec }) => {
      const plain = blueprint(await containerOf(spec));
      return { ...plain, ...more, rights: { ...plain.rights, ...rights } };
    }),
  );
  return planCopy({
    ...{ project: "copy", of: { project: "stack", blueprints: [...blueprints, blueprint(own)] }, own },
    ...{ data: [], servers: [], volumes: [], labels: { "holdfast.copy": "copy" }, limits: {} },
    hasSubpaths: false,
    ...wish,
  });
}

const mountsOf = async (mounts: readonly ContainerMount[], wish: Partial<CopyWish> = {}) => {
  const made = await plan([{ service: "app", mounts }], wish);
  return { mounts: made.containers[0]?.mounts, remarks: made.remarks, volumes: made.volumes };
};

describe("planCopy", () => {
  it("makes each service but Holdfast's own again, under the other project, with no label of the service's own", async () => {
    const labels = { "traefik.enable": "true", "com.docker.compose.config-hash": "abc" };
    const made = await plan([{ service: "app", dependsOn: ["db"], labels }, { service: "db" }]);
    expect(made.containers.map(({ name }) => name)).toEqual(["copy-app-1", "copy-db-1"]);
    expect(made.containers[0]?.labels).toEqual({
      "com.docker.compose.project": "copy",
      "com.docker.compose.service": "app",
      "com.docker.compose.container-number": "1",
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.config-hash": "abc",
      "com.docker.compose.depends_on": "db:service_started:false",
      "holdfast.copy": "copy",
    });
    expect(made.network).toEqual({
      name: "copy_default",
      labels: {
        "com.docker.compose.project": "copy",
        "com.docker.compose.network": "default",
        "holdfast.copy": "copy",
      },
    });
    expect(made.remarks).toEqual([]);
  });

  it("lets services find each other by all the names they had", async () => {
    const made = await plan([{ service: "db", more: { aliases: ["db", "database"] } }]);
    expect(made.containers[0]?.network).toEqual({
      name: "copy_default",
      aliases: ["db", "stack-db-1", "database"],
    });
  });

  it("leaves out containers of docker compose run", async () => {
    const made = await plan([{ service: "app" }, { service: "app", number: 2, oneOff: true }]);
    expect(made.containers).toHaveLength(1);
  });

  it("refuses where there is nothing to make others like, and names that Compose would not take", async () => {
    await expect(plan([])).rejects.toThrow("there is no container of it to make others like");
    await expect(plan([{ service: "app" }], { project: "stack" })).rejects.toMatchObject({ code: "refused" });
    for (const project of ["", "Copy", "-x", "a/b", "a".repeat(64)])
      await expect(plan([{ service: "app" }], { project })).rejects.toMatchObject({ code: "usage" });
  });

  it("never mounts a volume of the original", async () => {
    const anonymous = "a".repeat(64);
    const mounts = [volume("stack_data", "/data", false), volume(anonymous, "/var/cache")];
    const known = { name: "stack_data", labels: {}, project: "stack", key: "data", driver: "local" };
    const found = await mountsOf(mounts, { volumes: [known] });
    expect(found.mounts).toEqual([
      { kind: "volume", source: "copy_data", destination: "/data", writable: false, subpath: undefined },
      { kind: "anonymous", destination: "/var/cache" },
    ]);
    expect(found.volumes.map(({ name, labels }) => [name, labels["com.docker.compose.volume"]])).toEqual([
      ["copy_data", "data"],
    ]);
  });

  it("gives a volume of another project a name of the copy, too", async () => {
    const shared = { name: "shared", labels: {}, project: "other", key: "data", driver: "local" };
    const found = await mountsOf([volume("shared", "/data")], { volumes: [shared] });
    expect(found.volumes.map(({ name }) => name)).toEqual(["copy_shared"]);
  });

  it("says which volumes start empty, but for those of servers that dumps come back to", async () => {
    const made = await plan(
      [
        { service: "app", mounts: [volume("uploads", "/uploads"), volume("cache", "/cache")] },
        { service: "db", mounts: [volume("db", "/db")] },
      ],
      { servers: ["db"], data: [{ job: "uploads", kind: "volume", of: "uploads", below: "/x" }] },
    );
    expect(made.empty).toEqual(["cache"]);
    expect(made.volumes.find(({ of }) => of === "uploads")?.fills).toEqual([{ job: "uploads", below: "/x" }]);
  });

  it("has directories of the host read-only, and says so where the service may write to them", async () => {
    const found = await mountsOf([bind("/srv/files", "/files"), bind("/srv/app.yml", "/app.yml", false)]);
    expect(found.mounts).toEqual([
      { kind: "bind", source: "/srv/files", destination: "/files", writable: false },
      { kind: "bind", source: "/srv/app.yml", destination: "/app.yml", writable: false },
    ]);
    expect(found.remarks).toEqual(["app has /srv/files of the host read-only."]);
  });

  it.each([
    ...["/var/run/docker.sock", "/var/run", "/run/postgresql", "/", "/dev/fuse", "/proc", "/sys/fs/cgroup"],
    ...["/tmp/x.sock", "/opt/hf", "/var"],
  ])("leaves %s of the host out", async (source) => {
    const found = await mountsOf([bind(source, "/there", false)]);
    expect(found.mounts).toEqual([]);
    expect(found.remarks).toEqual([`app does not have ${source} of the host.`]);
  });

  it("restores a directory of the host that is backed up into a volume in its place", async () => {
    const data = [{ job: "files", kind: "bind", of: "/srv", below: "/files" }] as const;
    const mounted = { kind: "volume", source: "copy_directory-files", writable: true };
    const same = await mountsOf([bind("/srv/files", "/files")], { data });
    expect(same.mounts).toEqual([{ ...mounted, destination: "/files", subpath: undefined }]);
    expect(same.volumes[0]?.fills).toEqual([{ job: "files", below: "" }]);
    const below = [bind("/srv/files/a", "/a")];
    expect((await mountsOf(below, { data, hasSubpaths: true })).mounts).toEqual([
      { ...mounted, destination: "/a", subpath: "a" },
    ]);
    expect((await mountsOf(below, { data })).remarks).toEqual([
      expect.stringContaining("app has nothing at /a: this engine mounts no part of a volume"),
    ]);
    const above = await mountsOf([bind("/srv", "/all", false)], { data });
    expect(above.mounts).toEqual([
      { kind: "bind", source: "/srv", destination: "/all", writable: false },
      { ...mounted, destination: "/all/files", writable: false },
    ]);
  });

  it("takes away what reaches the host, and says so", async () => {
    const rights = {
      ...{ privileged: true, namespaces: ["pid", "ipc"], devices: ["/dev/sda"], capDrop: ["MKNOD"] },
      ...{ capAdd: ["SYS_ADMIN", "NET_BIND_SERVICE", "ALL"], restarts: true },
      securityOpt: ["no-new-privileges:true", "seccomp=unconfined"],
    };
    const made = await plan([{ service: "app", rights, more: { network: "host" } }]);
    expect(made.containers[0]).toMatchObject({
      ...{ capAdd: ["NET_BIND_SERVICE"], capDrop: ["MKNOD"], securityOpt: ["no-new-privileges:true"] },
      ...{ restarts: true, network: { name: "copy_default" } },
    });
    expect(made.remarks).toEqual([
      "app is in the network of the copy, and not in that of the host.",
      "app is not privileged.",
      "app shares no namespace (pid, ipc) with anybody.",
      "app does not have the devices /dev/sda.",
      "app does not have the capabilities SYS_ADMIN, ALL.",
      "app runs with the usual security profile instead of seccomp=unconfined.",
    ]);
  });

  it("lets who lives in the network of a service live in that of its copy, and joins no network of others", async () => {
    const made = await plan([
      { service: "vpn", networks: ["stack_default", "proxy"] },
      { service: "app", networkOf: "stack-vpn-1" },
      { service: "lonely", more: { network: "none" } },
      { service: "stranger", networkOf: "0123" },
    ]);
    const [vpn, app, lonely, stranger] = made.containers.map(({ network }) => network);
    expect(vpn).toMatchObject({ name: "copy_default" });
    expect(app).toEqual({ of: "copy-vpn-1" });
    expect(lonely).toBeUndefined();
    expect(stranger).toMatchObject({ name: "copy_default" });
    expect(made.remarks).toEqual([
      "vpn is not in proxy, which is of more than this stack.",
      "stranger is in the network of the copy, and not in that of another container.",
    ]);
  });
});
