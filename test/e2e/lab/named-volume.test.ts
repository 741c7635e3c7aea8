import { expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";
import { IDLE, standUp } from "./sidecar-stack.ts";

/** `app_data` is mounted in the app only, and nobody's network reaches it. */
const SERVICES = { app: { ...IDLE, volumes: ["app_data:/data", "uploads:/uploads", "cache:/cache"] } };

const CONFIG = `
jobs:
  data:
    source: { kind: volume, volume: app_data }
    stores: [local]
    retry: { attempts: 1 }
  gone:
    source: { kind: volume, volume: app_date }
    retry: { attempts: 1 }
stores:
  local: { kind: local, path: /archive }
`;

const WHOLE_STACK = `
jobs:
  everything:
    source: { kind: stack, exclude: [cache, restored] }
stores:
  local: { kind: local, path: /archive }
`;

const LISTING =
  "find . -printf '%P %y %m %U:%G %s %T@ %l\\n' | sort; find . -type f -exec sha256sum {} + | sort -k2";

const RESTORING = ["CHOWN", "FOWNER", "DAC_OVERRIDE"].flatMap((right) => ["--cap-add", right]);

describeInLab("a volume that is not mounted in the sidecar", (lab) => {
  const plan = {
    ...{ services: SERVICES, config: CONFIG, mounts: ["restored:/restored"] },
    files: { "config/stack.yml": WHOLE_STACK },
  };
  const stack = standUp(lab, plan, async () => {
    await inApp(
      "mkdir -p sub/empty && head -c 3000000 /dev/urandom > sub/big && echo old > changing && ln -s sub/big link && chown 1000:1000 changing && chmod 600 changing",
    );
  });

  const inApp = (script: string) => stack.exec("app", "sh", "-c", `cd /data && ${script}`);

  const oneOffs = () =>
    docker(
      lab,
      "ps",
      "--all",
      "--quiet",
      "--no-trunc",
      "--filter",
      `label=holdfast.project=${stack.project}`,
    );

  it("is backed up whole, then what changed, and restored as it was", async () => {
    const full = await stack.holdfast("backup", "data");
    expect(full, full.stderr).toMatchObject({ exitCode: 0 });
    await inApp("echo new > changing && touch sub/added");
    const incremental = await stack.holdfast("backup", "data");
    expect(incremental, incremental.stderr).toMatchObject({ exitCode: 0 });
    const list = JSON.parse((await stack.holdfast("list", "data", "--json")).stdout) as {
      points: { kind: string }[];
    };
    expect(list.points.map(({ kind }) => kind)).toEqual(["incremental", "full"]);
    // Its owner and its times are there for root with all rights to set, as in a container made to restore.
    const restored = await stack.tryCompose(
      ...["run", "--rm", "--no-deps", "-T", ...RESTORING, "backup"],
      ...["restore", "data", "--to", "/restored/data"],
    );
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    const before = await inApp(LISTING);
    const after = await docker(
      lab,
      ...["run", "--rm", "--volume", `${stack.project}_restored:/restored:ro`, "--workdir", "/restored/data"],
      ...["debian:bookworm-slim", "sh", "-c", LISTING],
    );
    expect(after).toBe(before);
    expect((await oneOffs()).trim()).toBe("");
  });

  it("fails its run clearly when the container that reads it is killed, and leaves nothing", async () => {
    await inApp("head -c 120000000 /dev/urandom > huge");
    const backup = stack.holdfast("backup", "data", "--full");
    let id = "";
    await waitUntil("the one-off container runs", async () => {
      id = (await docker(lab, "ps", "--quiet", "--filter", `label=holdfast.project=${stack.project}`)).trim();
      return id !== "";
    });
    await docker(lab, "kill", "--signal", "KILL", id);
    const { exitCode, stdout } = await backup;
    expect(stdout).toContain(
      `Capturing volume ${stack.project}_app_data failed: the container that read it was killed (exit code 137)`,
    );
    expect(exitCode).toBe(1);
    expect((await oneOffs()).trim()).toBe("");
    await inApp("rm huge");
  });

  it("is captured again after a sidecar was killed, whose one-off container is removed", async () => {
    await inApp("head -c 120000000 /dev/urandom > huge");
    const backup = stack.holdfast("backup", "data", "--full");
    await waitUntil("the one-off container runs", async () => (await oneOffs()).trim() !== "");
    const left = (await oneOffs()).trim();
    await stack.compose("kill", "--signal", "KILL", "backup");
    expect((await backup).exitCode).not.toBe(0);
    await inApp("rm huge");
    await stack.compose("start", "backup");
    const again = await stack.holdfast("backup", "data");
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    expect((await oneOffs()).trim()).toBe("");
    expect(left).not.toBe("");
  });

  it("that does not exist is told with the names of those that do, and is not made", async () => {
    const { exitCode, stdout } = await stack.holdfast("backup", "gone");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("name one of: app_data, archive, cache, restored, state, uploads");
    const volumes = await docker(lab, "volume", "ls", "--quiet", "--filter", "name=app_date");
    expect(volumes.trim()).toBe("");
  });

  it("is warned of where no job backs it up, and is a job of a whole stack unless it is excluded", async () => {
    const warnings = async (...options: string[]) => {
      const { findings } = JSON.parse((await stack.holdfast(...options, "doctor", "--json")).stdout) as {
        findings: { about: string; message: string }[];
      };
      return findings.filter(({ about }) => about === "volumes").map(({ message }) => message.split(":")[0]);
    };
    expect(await warnings()).toEqual(
      ["cache", "restored", "uploads"].map((name) => `No job backs up volume ${name}`),
    );
    const whole = ["--config", "/etc/holdfast/stack.yml"];
    expect(await warnings(...whole)).toEqual([]);
    const backup = await stack.holdfast(...whole, "backup", "--json");
    const { runs } = JSON.parse(backup.stdout) as { runs: { job: string; outcome: string }[] };
    expect(runs.map(({ job, outcome }) => `${job} ${outcome}`)).toEqual([
      "app_data succeeded",
      "uploads succeeded",
    ]);
  });
});
