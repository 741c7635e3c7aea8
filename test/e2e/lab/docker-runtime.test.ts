import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { ownContainerTraces } from "../../../src/observability/own-container.ts";
import { describeContainerRuntimeContract } from "../../contract/container-runtime-contract.ts";
import { temporaryDirectory } from "../../fakes/temporary-directory.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";

describeInLab("the Docker Engine", (lab) => {
  describeContainerRuntimeContract("dockerode on a real engine", async () => ({
    runtime: new DockerRuntime(lab.host),
    image: "debian:bookworm-slim",
    prefix: `contract-${randomUUID().slice(0, 8)}`,
  }));

  it("finds the container that a process runs in, also among those that share one's network", async () => {
    const made: string[] = [];
    const start = async (...more: string[]) => {
      const command = ["debian:bookworm-slim", "sleep", "600"];
      made.push((await docker(lab, "run", "--detach", "--read-only", ...more, ...command)).trim());
      return made.at(-1) ?? "";
    };
    onTestFinished(async () => {
      await docker(lab, "rm", "--force", ...made);
    });
    const first = await start();
    for (const id of [
      first,
      await start("--network", `container:${first}`),
      await start("--network", `container:${first}`),
    ]) {
      const proc = temporaryDirectory();
      await mkdir(join(proc, "self"));
      await writeFile(
        join(proc, "self/mountinfo"),
        await docker(lab, "exec", id, "cat", "/proc/self/mountinfo"),
      );
      const runtime = new DockerRuntime(lab.host, ownContainerTraces(proc));
      expect((await runtime.ownContainer(AbortSignal.timeout(30_000)))?.id).toBe(id);
    }
  });
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
