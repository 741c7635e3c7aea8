/** A volume that is lost, and the one command that brings it back, checked by the app itself. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { exampleStack } from "./example.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, PROJECT } from "./images.ts";

/** Of the example, but backed up only when the test says so. */
const PLAIN = { rules: [{ match: "broken.db", capture: "none" }] };
const SOURCE = { kind: "volume", path: "/source/app_data", embeddedDatabases: PLAIN };
const MANUAL = { jobs: { app_data: { source: SOURCE } } };

describeInLab("a restore in place beside the example stack", (lab) => {
  const { stack, remove } = exampleStack(lab, {
    more: (directory) => {
      const [config, compose] = [join(directory, "holdfast.yml"), join(directory, "manual.yml")];
      writeFileSync(config, JSON.stringify(MANUAL));
      const volumes = [`${config}:/etc/holdfast/holdfast.yml:ro`];
      writeFileSync(compose, JSON.stringify({ services: { backup: { volumes } } }));
      return [compose];
    },
  });

  beforeAll(async () => {
    await docker(lab, "build", "--quiet", "--tag", "holdfast-example-app", join(PROJECT, "example/app"));
    await stack.up();
    const app = await appUrl();
    expect((await fetch(`${app}/notes`, { method: "POST", body: "remember the milk" })).status).toBe(201);
    expect((await fetch(`${app}/uploads/a.txt`, { method: "PUT", body: "uploaded" })).status).toBe(201);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });

  afterAll(remove);

  const appUrl = () => stack.url("app", 8080);
  const restore = (...more: string[]) =>
    stack.holdfast("restore", "app_data", "--in-place", "--yes", ...more);
  const stateOf = async (service: string) => {
    const id = (await stack.compose("ps", "--all", "--quiet", service)).trim();
    return (await docker(lab, "inspect", "--format", "{{.State.Status}}", id)).trim();
  };
  const ownContainers = () =>
    docker(lab, "ps", "--all", "--quiet", "--filter", `label=holdfast.stack=${stack.project}`);

  /** As it was when it was backed up, asked of the app. */
  async function expectEverythingBack(): Promise<void> {
    const notes = await waitUntil("the app answers", async () => {
      const answer = await fetch(`${await appUrl()}/notes`).catch(() => undefined);
      return answer?.ok === true ? answer.text() : undefined;
    });
    expect(notes).toContain("remember the milk");
    expect(await (await fetch(`${await appUrl()}/uploads/a.txt`)).text()).toBe("uploaded");
  }

  it("brings back a volume whose content was deleted under the running app", async () => {
    await stack.compose("exec", "-T", "app", "sh", "-c", "rm -rf /data/*");
    const end = await restore();
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.stdout).toMatch(/Restored 3 files.* 1 database opened/);
    await expectEverythingBack();
    expect(await ownContainers()).toBe("");
  });

  it("brings back a volume that was removed and made anew", async () => {
    await stack.compose("rm", "--stop", "--force", "app", "backup");
    await docker(lab, "volume", "rm", `${stack.project}_app_data`);
    await stack.up();
    const end = await restore();
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    await expectEverythingBack();
  });

  it("keeps what was there before, but not as a recovery point", async () => {
    await stack.compose("exec", "-T", "app", "sh", "-c", "echo pay > /data/ransom-note.txt");
    const end = await restore();
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    const key = /kept in store local: (\S+)/.exec(end.stderr)?.[1] ?? "";
    const read = await stack.holdfast("restore", "--archive", `/archive/${key}`, "--to", "/tmp/before");
    expect(read.exitCode, read.stderr).toBe(0);
    expect(await stack.compose("exec", "-T", "backup", "cat", "/tmp/before/ransom-note.txt")).toBe("pay\n");
    const list = JSON.parse((await stack.holdfast("list", "app_data", "--json")).stdout) as {
      points: unknown[];
    };
    expect(list.points).toHaveLength(1);
  });

  it("leaves a stopped service stopped, and asks before it stops anything", async () => {
    const unconfirmed = await stack.holdfast("restore", "app_data", "--in-place");
    expect(unconfirmed.exitCode).toBe(5);
    expect(unconfirmed.stderr).toContain("add --yes");
    await stack.compose("stop", "app");
    const end = await restore();
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(await stateOf("app")).toBe("exited");
    await stack.compose("start", "app");
    await expectEverythingBack();
  });

  it("changes nothing, and lets the app go on, when a database of the point does not open", async () => {
    const inApp = (command: string) => stack.compose("exec", "-T", "app", "sh", "-c", command);
    await inApp("(printf 'SQLite format 3\\0'; head -c 4080 /dev/urandom) > /data/broken.db");
    expect(await stack.holdfast("backup")).toMatchObject({ exitCode: 0 });
    await inApp("echo later > /data/later.txt");
    const refused = await restore();
    expect(refused, refused.stderr).toMatchObject({ exitCode: 5 });
    expect(refused.stderr).toContain("SQLite database broken.db does not open");
    await expectEverythingBack();
    expect(await inApp("cat /data/later.txt")).toBe("later\n");
    const told = await restore("--no-check");
    expect(told, told.stderr).toMatchObject({ exitCode: 0 });
    await expectEverythingBack();
    expect(await inApp("ls /data")).not.toContain("later.txt");
  });
});
