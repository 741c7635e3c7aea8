/** A volume that is lost, and points that only who has the key can read: the sidecar that has it brings it back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { exampleStack } from "./example.ts";
import { describeInLab } from "./in-lab.ts";
import { docker, PROJECT } from "./images.ts";

const IDENTITY = "/run/holdfast/identity";

describeInLab("an encrypted point beside the example stack", (lab) => {
  const { stack, directory, remove } = exampleStack(lab, {
    more: (made) => {
      const [config, key] = [join(made, "holdfast.yml"), join(made, "identity")];
      const volumes = [`${config}:/etc/holdfast/holdfast.yml:ro`, `${key}:${IDENTITY}:ro`];
      const compose = join(made, "encrypted.yml");
      writeFileSync(compose, JSON.stringify({ services: { backup: { volumes } } }));
      return [compose];
    },
  });

  async function writeKeyAndConfig(): Promise<void> {
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const config = {
      encryption: { age: { recipients, identityFile: IDENTITY } },
      jobs: { app_data: { source: { kind: "volume", path: "/source/app_data" } } },
    };
    writeFileSync(join(directory, "identity"), `${identity}\n`);
    writeFileSync(join(directory, "holdfast.yml"), JSON.stringify(config));
  }

  beforeAll(async () => {
    await writeKeyAndConfig();
    await docker(lab, "build", "--quiet", "--tag", "holdfast-example-app", join(PROJECT, "example/app"));
    await stack.up();
    const made = await fetch(`${await stack.url("app", 8080)}/notes`, { method: "POST", body: "a secret" });
    expect(made.status).toBe(201);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });

  afterAll(remove);

  it("is restored in place, with its databases opened, and the app goes on with it", async () => {
    const stored = await stack.compose(
      "exec",
      "-T",
      "backup",
      "find",
      "/archive",
      "-name",
      "archive.tar.zst*",
    );
    expect(stored).toMatch(/archive\.tar\.zst\.age\n$/);
    await stack.compose("exec", "-T", "app", "sh", "-c", "rm -rf /data/*");
    const end = await stack.holdfast("restore", "app_data", "--in-place", "--yes");
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.stdout).toMatch(/ 1 database opened/);
    const notes = await waitUntil("the app answers", async () => {
      const answer = await fetch(`${await stack.url("app", 8080)}/notes`).catch(() => undefined);
      return answer?.ok === true ? answer.text() : undefined;
    });
    expect(notes).toContain("a secret");
  });
});
