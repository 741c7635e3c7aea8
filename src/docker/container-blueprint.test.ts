import type { ContainerInspectInfo } from "dockerode";
import { describe, expect, it } from "vitest";
import { blueprintOf } from "./container-blueprint.ts";
import { copiedSettings } from "./copied-settings.ts";

const ID = "0123456789abcdef".repeat(4);

/** As an engine tells of one that Compose made. */
function info(config: object, host: object): ContainerInspectInfo {
  return {
    ...{ Id: ID, Name: "/shop-app-1", Image: "sha256:app", Mounts: [] },
    State: { Status: "running", StartedAt: "2026-11-20T00:00:00Z" },
    Config: { Hostname: ID.slice(0, 12), Labels: { "traefik.enable": "true" }, ...config },
    HostConfig: { NetworkMode: "shop_default", ...host },
    NetworkSettings: { Networks: { shop_default: { Aliases: ["app", ID.slice(0, 12)] } } },
  } as unknown as ContainerInspectInfo;
}

const copyOf = (of: ContainerInspectInfo, limits = {}) => {
  const { kept, rights } = blueprintOf(of);
  const { capAdd, capDrop, securityOpt, restarts } = rights;
  return copiedSettings({
    ...{ name: "copy-app-1", image: "sha256:app", labels: { a: "b" }, kept, mounts: [], limits },
    ...{ network: { name: "copy_default", aliases: ["app"] }, capAdd, capDrop, securityOpt, restarts },
  });
};

describe("a container that is made like another one", () => {
  it("does the same as the same user, with the same files in memory", () => {
    const config = {
      ...{ Cmd: ["serve"], Entrypoint: ["/app"], Env: ["A=1"], User: "1000", WorkingDir: "/app" },
      ...{ Healthcheck: { Test: ["CMD", "true"] }, StopSignal: "SIGINT" },
    };
    const host = {
      ...{ Init: true, ReadonlyRootfs: true, ShmSize: 1024, Tmpfs: { "/run": "" } },
      Mounts: [{ Type: "tmpfs", Target: "/tmp", TmpfsOptions: { SizeBytes: 4096, Mode: 0o1777 } }],
    };
    expect(copyOf(info(config, host))).toMatchObject({
      ...config,
      HostConfig: {
        ...{ Init: true, ReadonlyRootfs: true, ShmSize: 1024 },
        Tmpfs: { "/run": "", "/tmp": "size=4096,mode=1777" },
      },
    });
  });

  it("has no port, label, log or start of the other's, and no name in the network of that", () => {
    const host = {
      ...{ PortBindings: { "80/tcp": [{ HostPort: "80" }] }, PublishAllPorts: true, AutoRemove: true },
      ...{ RestartPolicy: { Name: "always" }, LogConfig: { Type: "gelf", Config: {} } },
      ...{ Binds: ["/:/host"], VolumesFrom: ["db"], Links: ["db"], CgroupParent: "/x", PidMode: "host" },
    };
    const made = copyOf(info({ ExposedPorts: { "80/tcp": {} }, MacAddress: "02:42" }, host));
    expect(made).toEqual({
      ...{ name: "copy-app-1", Image: "sha256:app", Labels: { a: "b" } },
      HostConfig: {
        ...{ NetworkMode: "copy_default", Mounts: [], CapAdd: [], CapDrop: [], SecurityOpt: [] },
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 10 },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
      },
      NetworkingConfig: { EndpointsConfig: { copy_default: { Aliases: ["app"] } } },
    });
  });

  it("keeps a name of its own, and tells all that reaches the host", () => {
    const told = blueprintOf(
      info(
        { Hostname: "mail" },
        {
          ...{ NetworkMode: "host", Privileged: true, PidMode: "host", IpcMode: "container:x" },
          ...{ Devices: [{ PathOnHost: "/dev/kvm" }], DeviceRequests: [{ Driver: "nvidia" }] },
          ...{ CapAdd: ["CAP_SYS_ADMIN"], SecurityOpt: ["seccomp=unconfined"] },
        },
      ),
    );
    expect(told).toMatchObject({ network: "host", aliases: ["app"], kept: { config: { Hostname: "mail" } } });
    expect(told.rights).toEqual({
      ...{ privileged: true, namespaces: ["pid", "ipc"], devices: ["/dev/kvm", "nvidia"], restarts: false },
      ...{ capAdd: ["SYS_ADMIN"], capDrop: [], securityOpt: ["seccomp=unconfined"] },
    });
  });

  it("takes no more than it is given, and no more than the other one", () => {
    const limits = { cpus: 1, memory: 1000, yields: true };
    const own = {
      Memory: 500,
      MemorySwap: 600,
      MemoryReservation: 400,
      CpuQuota: 50_000,
      CpuPeriod: 100_000,
    };
    expect(copyOf(info({}, own), limits).HostConfig).toMatchObject({ Memory: 500, NanoCpus: 5e8 });
    const large = copyOf(info({}, { ...own, Memory: 5000, NanoCpus: 4e9 }), { cpus: 2, memory: 1000 });
    expect(large.HostConfig).toMatchObject({ Memory: 1000, NanoCpus: 5e8 });
    expect(large.HostConfig).not.toHaveProperty("MemorySwap");
    expect(copyOf(info({}, {}), limits).HostConfig).toMatchObject({ CpuShares: 128, OomScoreAdj: 1000 });
    expect(copyOf(info({}, own)).HostConfig).toMatchObject(own);
  });
});
