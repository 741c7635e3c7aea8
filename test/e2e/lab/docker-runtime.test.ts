import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { describeContainerRuntimeContract } from "../../contract/container-runtime-contract.ts";
import { describeInLab } from "./in-lab.ts";

describeInLab("the Docker Engine", (lab) => {
  describeContainerRuntimeContract("dockerode on a real engine", async () => ({
    runtime: new DockerRuntime(lab.host),
    image: "debian:bookworm-slim",
    prefix: `contract-${randomUUID().slice(0, 8)}`,
  }));
});

describe("an engine that is not there", () => {
  const signal = () => AbortSignal.timeout(30_000);

  it("is told apart from one that may not be used, with what to do about it", async () => {
    await expect(new DockerRuntime("unix:///nonexistent/docker.sock").engine(signal())).rejects.toThrow(
      /there is no socket of a container engine; mount .*docker\.sock into this service, or set DOCKER_HOST/,
    );
    await expect(new DockerRuntime("tcp://127.0.0.1:1").engine(signal())).rejects.toThrow(
      /no container engine answers there; check that it runs and that DOCKER_HOST names it/,
    );
    expect(() => new DockerRuntime("somewhere")).toThrow(/"somewhere" is none; set DOCKER_HOST/);
  });
});
