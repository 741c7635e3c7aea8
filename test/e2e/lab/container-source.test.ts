/** A directory that is in a container and in no volume: what the engine's archive of it becomes. */
import { expect, it } from "vitest";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { createContainerSource } from "../../../src/sources/container/container-source.ts";
import { MemorySink } from "../../fakes/memory-object.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";
import { IDLE, standUp } from "./sidecar-stack.ts";

const SERVICES = { app: { ...IDLE, volumes: ["signals:/signals"] } };

const CONFIG = `
jobs:
  app:
    source: { kind: container, service: app, path: /opt/app, exclude: ["*.tmp"] }
    stores: [local]
    retry: { attempts: 1 }
  lost:
    source: { kind: container, service: app, path: /opt/ap }
    retry: { attempts: 1 }
stores:
  local: { kind: local, path: /archive }
`;

/** Times in whole seconds: the engine tells no more. */
const LISTING =
  "find . -printf '%P %y %m %U:%G %s %Ts %n %l\\n' | LC_ALL=C sort; find . -type f -exec sha256sum {} + | LC_ALL=C sort -k2";

const TREE = [
  "mkdir -p /opt/app/sub/empty && cd /opt/app",
  "head -c 9000000 /dev/urandom > sub/big && echo secret > secret && chmod 4600 secret && chown 1234:3000000 secret",
  "ln sub/big zlink && ln -s sub/big link && mkfifo fifo && mknod null c 1 3 && truncate -s 5000000 holes",
  'printf odd > "$(printf "odd\\\\377name")" && printf x > $(printf "%0200d" 7)',
  "touch -d @1000000000 sub && touch not.tmp",
].join(" && ");

const SHRINK_WHEN_TOLD =
  "until [ -e /signals/go ]; do sleep 0.1; done; truncate -s 0 /opt/shrinking/big; touch /signals/done";

const RESTORING = ["CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE", "MKNOD"].flatMap((right) => [
  "--cap-add",
  right,
]);

describeInLab("a directory of a container", (lab) => {
  const plan = { services: SERVICES, config: CONFIG, mounts: ["restored:/restored"] };
  const stack = standUp(lab, plan, async () => void (await inApp(TREE)));

  const inApp = (script: string) => stack.exec("app", "sh", "-c", script);

  it("is backed up, verified, and restored as it was, also of a container that is stopped", async () => {
    const before = await inApp(`rm /opt/app/not.tmp; cd /opt/app && ${LISTING}`);
    await inApp("touch /opt/app/other.tmp && touch -d @1000000000 /opt/app");
    await stack.compose("stop", "--timeout", "0", "app");
    for (const words of [
      ["backup", "app"],
      ["verify", "app"],
    ]) {
      const end = await stack.holdfast(...words);
      expect(end, end.stderr + end.stdout).toMatchObject({ exitCode: 0 });
    }
    await stack.compose("start", "app");
    const list = await stack.holdfast("list", "app", "--json");
    const { points } = JSON.parse(list.stdout) as { points: { id: string }[] };
    expect((await stack.holdfast("cat", points[0]?.id ?? "", "secret")).stdout).toBe("secret\n");
    const restored = await stack.tryCompose(
      ...["run", "--rm", "--no-deps", "-T", ...RESTORING, "backup"],
      ...["restore", "app", "--special", "--to", "/restored/app"],
    );
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    const after = await docker(
      lab,
      ...["run", "--rm", "--volume", `${stack.project}_restored:/restored:ro`, "--workdir", "/restored/app"],
      ...["debian:bookworm-slim", "sh", "-c", LISTING],
    );
    const withoutRoot = (listing: string) => listing.split("\n").filter((line) => !line.startsWith(" d "));
    expect(withoutRoot(after)).toEqual(withoutRoot(before));
  });

  it("that is not there is told with what is", async () => {
    const { exitCode, stdout } = await stack.holdfast("backup", "lost");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`container ${stack.project}-app-1 has no /opt/ap, only /opt;`);
  });

  it("is not restored in place, and the way to do it by hand is told", async () => {
    const { exitCode, stderr } = await stack.holdfast("restore", "app", "--in-place", "--yes");
    expect(exitCode).toBe(5);
    expect(stderr).toContain("`docker compose cp DIRECTORY/. app:/opt/app`");
  });

  it("with a file that shrinks while it is read is a failed capture, never a short archive", async () => {
    await inApp(
      "mkdir /opt/shrinking && cd /opt/shrinking && head -c 150000000 /dev/urandom > big && touch zzz",
    );
    // While it is read, the engine lets no command into the container: one that is there waits for a sign.
    await stack.compose("exec", "--detach", "app", "sh", "-c", SHRINK_WHEN_TOLD);
    const tellIt = () =>
      docker(
        lab,
        ...["run", "--rm", "--volume", `${stack.project}_signals:/signals`, "debian:bookworm-slim"],
        ...["sh", "-c", "touch /signals/go; until [ -e /signals/done ]; do sleep 0.1; done"],
      );
    const sink = new MemorySink();
    let isShrunk: Promise<unknown> | undefined;
    const openObject = () => ({
      write: async (chunk: Uint8Array) => {
        await (isShrunk ??= tellIt());
        await sink.write(chunk);
      },
    });
    const source = createContainerSource(
      { kind: "container", service: "app", path: "/opt/shrinking" },
      { runtime: new DockerRuntime(lab.host), project: stack.project },
    );
    const { signal } = new AbortController();
    await expect(source.capture({ openObject, previous: undefined, signal })).rejects.toMatchObject({
      code: "source",
      transient: true,
      message: expect.stringContaining("it ends within the content of big") as string,
    });
  });
});
