import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { RIGHTS } from "../../../src/docker/engine-errors.ts";
import type { ContainerRuntime } from "../../../src/ports/container-runtime.ts";
import { describeContainerRuntimeContract } from "../../contract/container-runtime-contract.ts";
import { waitUntil } from "../wait-until.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, ensureServiceImage, PROJECT } from "./images.ts";

const CONFIG = join(PROJECT, "config/socket-proxy/haproxy.cfg");

/** By the path that its line in the proxy's config ends with: what asks for it. */
type Use = (runtime: ContainerRuntime, id: string, signal: AbortSignal) => Promise<unknown>;

const nowhere = { stdout: { write: async () => undefined } };

const USES: Record<
  Exclude<keyof typeof RIGHTS, "ping" | "connect" | "events">,
  { line: string; use: Use }
> = {
  version: { line: "version)$", use: (runtime, _, signal) => runtime.engine(signal) },
  list: { line: "containers/json$", use: (runtime, _, signal) => runtime.containers({}, signal) },
  inspect: { line: "_.-]+/json$", use: (runtime, id, signal) => runtime.inspect(id, signal) },
  volumes: { line: "volumes$", use: (runtime, _, signal) => runtime.volumes({}, signal) },
  pause: { line: "/pause$", use: (runtime, id, signal) => runtime.pause(id, signal) },
  unpause: { line: "/unpause$", use: (runtime, id, signal) => runtime.unpause(id, signal) },
  stop: { line: "/stop$", use: (runtime, id, signal) => runtime.stop(id, { graceSeconds: 0 }, signal) },
  start: { line: "_.-]+/start$", use: (runtime, id, signal) => runtime.start(id, signal) },
  exec: {
    line: "/exec$",
    use: (runtime, id, signal) => runtime.exec(id, { command: ["true"], ...nowhere }, signal),
  },
  execStart: {
    line: "[A-Za-z0-9]+/start$",
    use: (runtime, id, signal) => runtime.exec(id, { command: ["true"], ...nowhere }, signal),
  },
  execInspect: {
    line: "[A-Za-z0-9]+/json$",
    use: (runtime, id, signal) => runtime.exec(id, { command: ["true"], ...nowhere }, signal),
  },
  archive: {
    line: "/archive$",
    use: async (runtime, id, signal) => drain(runtime.readPath(id, "/etc", signal)),
  },
  logs: { line: "/logs$", use: (runtime, id, signal) => runtime.logsSince(id, 0, signal) },
  create: {
    line: "/create$",
    use: (runtime, _, signal) =>
      runtime.create(
        { name: randomUUID(), image: "debian:bookworm-slim", command: ["true"], labels: {} },
        signal,
      ),
  },
  attach: { line: "/attach$", use: (runtime, id, signal) => runtime.attach(id, nowhere, signal) },
  wait: { line: "/wait$", use: (runtime, id, signal) => runtime.attach(id, nowhere, signal) },
  remove: { line: "_.-]+$ }", use: (runtime, id, signal) => runtime.remove(id, signal) },
};

describeInLab("a filtering socket proxy", (lab) => {
  let directory: string;
  const started: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"));
    await ensureServiceImage(lab, directory, { name: "haproxy:2.6", packages: ["haproxy"], lines: [] });
  });

  afterAll(async () => {
    for (const name of started) await docker(lab, "rm", "--force", name);
    await rm(directory, { recursive: true, force: true });
  });

  /** The address of a proxy with this config, once it answers. */
  const proxy = async (config: string): Promise<string> => {
    const name = `proxy-${randomUUID().slice(0, 8)}`;
    const path = join(directory, `${name}.cfg`);
    await writeFile(path, config);
    started.push(name);
    await docker(
      lab,
      ...["run", "--detach", "--name", name, "--publish", "127.0.0.1:0:2375"],
      ...[
        "--volume",
        `${path}:/haproxy.cfg:ro`,
        "--volume",
        `${lab.host.slice("unix://".length)}:/var/run/docker.sock`,
      ],
      ...["haproxy:2.6", "haproxy", "-db", "-f", "/haproxy.cfg"],
    );
    const address = (await docker(lab, "port", name, "2375/tcp")).split("\n")[0] ?? "";
    await waitUntil("the proxy answers", () =>
      fetch(`http://${address}/_ping`).then(
        () => true,
        () => false,
      ),
    );
    return `tcp://${address}`;
  };

  describeContainerRuntimeContract("dockerode through the documented haproxy", async () => ({
    runtime: new DockerRuntime(await proxy(await readFile(CONFIG, "utf8"))),
    image: "debian:bookworm-slim",
    prefix: `proxied-${randomUUID().slice(0, 8)}`,
    withoutInput: true,
  }));

  describe("that lacks a right", () => {
    for (const [right, { line, use }] of Object.entries(USES)) {
      it(`is said to lack it: ${RIGHTS[right as keyof typeof RIGHTS].request}`, async () => {
        const signal = AbortSignal.timeout(120_000);
        const whole = (await readFile(CONFIG, "utf8")).split("\n");
        const less = whole.filter((text) => !text.includes(line));
        expect(less).toHaveLength(whole.length - 1);
        const direct = new DockerRuntime(lab.host);
        const id = await direct.create(
          {
            ...{ name: `lacking-${randomUUID().slice(0, 8)}`, image: "debian:bookworm-slim", labels: {} },
            command: right === "wait" || right === "attach" ? ["true"] : ["sleep", "600"],
          },
          signal,
        );
        started.push(id);
        if (right !== "wait" && right !== "attach") await direct.start(id, signal);
        const runtime = new DockerRuntime(await proxy(less.join("\n")));
        await expect(use(runtime, id, signal)).rejects.toMatchObject({
          code: "runtime",
          message: expect.stringContaining(
            `the engine's socket proxy does not allow ${RIGHTS[right as keyof typeof RIGHTS].request}; allow that request in the proxy`,
          ) as unknown,
        });
      });
    }
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) continue;
}
