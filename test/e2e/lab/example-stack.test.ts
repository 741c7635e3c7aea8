import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ComposeStack } from "./compose-stack.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, PROJECT } from "./images.ts";

describeInLab("the example stack with the sidecar beside it", (lab) => {
  const stack = new ComposeStack(lab, {
    files: [join(PROJECT, "example/compose.yml"), join(PROJECT, "compose.sidecar.yml")],
    env: { APP_PORT: "0", HOLDFAST_PORT: "0" },
  });

  beforeAll(async () => {
    await docker(lab, "build", "--quiet", "--tag", "holdfast-example-app", join(PROJECT, "example/app"));
    await stack.up();
  });

  afterAll(() => stack.remove());

  it("is backed up by name, and told about in the sidecar and on its page", async () => {
    const app = await stack.url("app", 8080);
    expect((await fetch(`${app}/notes`, { method: "POST", body: "remember the milk" })).status).toBe(201);
    expect((await fetch(`${app}/uploads/a.txt`, { method: "PUT", body: "uploaded" })).status).toBe(201);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
    const list = JSON.parse((await stack.holdfast("list", "--json")).stdout) as { points: { job: string }[] };
    expect(list.points.map(({ job }) => job)).toEqual(["app_data"]);
    const page = await stack.url("backup", 9219);
    await waitUntil("the sidecar is fresh", async () => (await fetch(`${page}/healthz`)).ok);
    expect(await (await fetch(page)).text()).toContain(stack.project);
  });

  it("runs the sidecar with a root that cannot be written, and one right of root's", async () => {
    const id = (await stack.compose("ps", "--quiet", "backup")).trim();
    const [facts] = JSON.parse(await docker(lab, "inspect", id)) as [
      { State: { Health: { Status: string } } },
    ];
    await waitUntil("it is healthy", () => facts.State.Health.Status !== "unhealthy");
    const write = await stack.tryCompose("exec", "-T", "backup", "touch", "/opt/holdfast/x");
    expect(write.stderr).toContain("Read-only file system");
    const rights = await stack.compose("exec", "-T", "backup", "grep", "CapEff", "/proc/self/status");
    // CAP_DAC_READ_SEARCH is capability 2.
    expect(BigInt(`0x${rights.split(":")[1]?.trim() ?? ""}`)).toBe(1n << 2n);
  });
});
