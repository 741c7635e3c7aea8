import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DockerCopyEngine } from "../../../src/docker/docker-copy-engine.ts";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { RIGHTS } from "../../../src/docker/engine-errors.ts";
import type { ContainerRuntime } from "../../../src/ports/container-runtime.ts";
import type { CopyEngine } from "../../../src/ports/copy-engine.ts";
import { describeContainerRuntimeContract } from "../../contract/container-runtime-contract.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";
import { configWithout, Proxies, PROXY_CONFIG, proxyRules } from "./socket-proxy.ts";

type Right = keyof typeof RIGHTS;
type Use = (
  runtime: ContainerRuntime,
  id: string,
  signal: AbortSignal,
  copies: CopyEngine,
) => Promise<unknown>;

const IMAGE = "debian:bookworm-slim";
const PREFIX = `lacking-${randomUUID().slice(0, 8)}`;
const LABEL = "test.proxy";
const OF_A_COPY = { name: `${PREFIX}-copy`, labels: {} };
const nowhere = { stdout: { write: async () => undefined } };

const runs: Use = (runtime, id, signal) => runtime.exec(id, { command: ["true"], ...nowhere }, signal);
const attaches: Use = (runtime, id, signal) => runtime.attach(id, nowhere, signal);
const creates =
  (...networks: string[]): Use =>
  (runtime, _, signal) =>
    runtime.create(
      {
        ...{ name: `${PREFIX}-${randomUUID()}`, image: IMAGE, command: ["true"], networks },
        labels: { [LABEL]: PREFIX },
      },
      signal,
    );

/** What asks for each right. */
const USES: Record<Right, Use> = {
  version: (runtime, _, signal) => runtime.engine(signal),
  list: (runtime, _, signal) => runtime.containers({}, signal),
  inspect: (runtime, id, signal) => runtime.inspect(id, signal),
  volumes: (runtime, _, signal) => runtime.volumes({}, signal),
  events: (runtime, _, signal) => runtime.watch({ project: PREFIX }, () => undefined, signal),
  pause: (runtime, id, signal) => runtime.pause(id, signal),
  unpause: (runtime, id, signal) => runtime.unpause(id, signal),
  stop: (runtime, id, signal) => runtime.stop(id, { graceSeconds: 0 }, signal),
  start: (runtime, id, signal) => runtime.start(id, signal),
  exec: runs,
  execStart: runs,
  execInspect: runs,
  archive: async (runtime, id, signal) => drain(runtime.readPath(id, "/etc", signal)),
  logs: (runtime, id, signal) => runtime.logsSince(id, 0, signal),
  create: creates(),
  connect: creates("bridge", PREFIX),
  attach: attaches,
  wait: attaches,
  remove: (runtime, id, signal) => runtime.remove(id, signal),
  networks: (_, _id, signal, copies) => copies.networks({ labels: {} }, signal),
  createNetwork: (_, _id, signal, copies) => copies.createNetwork(OF_A_COPY, signal),
  removeNetwork: (_, _id, signal, copies) => copies.removeNetwork(OF_A_COPY.name, signal),
  createVolume: (_, _id, signal, copies) => copies.createVolume(OF_A_COPY, signal),
  removeVolume: (_, _id, signal, copies) => copies.removeVolume(OF_A_COPY.name, signal),
};

describe("the documented socket proxy", () => {
  it("has a rule for each right that Holdfast may need, and none for anything else", () => {
    const rules = proxyRules();
    for (const { request } of Object.values(RIGHTS)) {
      expect(rules.filter((rule) => rule.allows(request)).length, request).toBe(1);
    }
    for (const rule of rules) {
      const used = Object.values(RIGHTS).filter(({ request }) => rule.allows(request));
      expect(used.length, rule.line).toBe(1);
    }
    expect(PROXY_CONFIG).toMatch(/^ {2}http-request deny$/m);
  });
});

describeInLab("a filtering socket proxy", (lab) => {
  const proxies = new Proxies(lab);
  let whole: string;

  beforeAll(async () => {
    whole = await proxies.start(PROXY_CONFIG);
    await docker(lab, "network", "create", PREFIX);
  });

  afterAll(async () => {
    await proxies.remove();
    const left = await docker(lab, "ps", "--all", "--quiet", "--filter", `name=${PREFIX}`);
    const ids = left.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await docker(lab, "rm", "--force", ...ids);
    await docker(lab, "network", "rm", PREFIX);
  });

  describeContainerRuntimeContract("dockerode through the documented haproxy", async () => ({
    runtime: new DockerRuntime(whole),
    image: IMAGE,
    prefix: `proxied-${randomUUID().slice(0, 8)}`,
    withoutInput: true,
  }));

  describe("that lacks a right", () => {
    it.each(Object.entries(USES))("is said to lack it: %s", async (right, use) => {
      const { request } = RIGHTS[right as Right];
      const signal = AbortSignal.timeout(120_000);
      const rule = proxyRules().find((each) => each.allows(request));
      if (rule === undefined) throw new Error(`No rule allows ${request}.`);
      const direct = new DockerRuntime(lab.host);
      const isOneOff = use === attaches;
      const command = isOneOff ? ["true"] : ["sleep", "600"];
      const id = await direct.create(
        { name: `${PREFIX}-${right}`, image: IMAGE, labels: {}, command },
        signal,
      );
      if (!isOneOff) await direct.start(id, signal);
      const address = await proxies.start(configWithout(rule));
      const copies = new DockerCopyEngine(address);
      await expect(use(new DockerRuntime(address), id, signal, copies)).rejects.toMatchObject({
        code: "runtime",
        transient: false,
        message: expect.stringContaining(
          `the engine's socket proxy does not allow ${request}; allow that request in the proxy`,
        ) as unknown,
      });
    });

    it("leaves no container behind that could not be given its networks", async () => {
      const left = await docker(lab, "ps", "--all", "--quiet", "--filter", `label=${LABEL}=${PREFIX}`);
      expect(left.trim()).toBe("");
    });
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) continue;
}
