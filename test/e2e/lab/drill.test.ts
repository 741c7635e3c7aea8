/** Drills in a stack of containers, with the rights that a sidecar has: of files, of servers, and of a disk. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { lookAtDisk } from "../../../src/app/drill/look-at-disk.ts";
import { DockerRuntime } from "../../../src/docker/docker-runtime.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { waitUntil } from "../wait-until.ts";
import { attachDisk } from "./attached-disk.ts";
import { DRILL_JOBS, drillPlan, servicesOf, type DrillJob } from "./drill-stack.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { standUp } from "./sidecar-stack.ts";

const { signal } = new AbortController();
/** On a machine that does much else: each makes several servers. */
const LONG_MS = 600_000;
const SOON_MS = 120_000;

interface Drilled {
  run: { job: DrillJob; outcome: string; reason: string };
  phases: { name: string }[];
  problems: string[];
}

describeInLab("drills", (lab) => {
  const stack = standUp(lab, drillPlan(), async () => {
    await load();
    await backUp(...DRILL_JOBS);
  });
  const { inApp, inDb, inShop, load } = servicesOf(stack);

  const backUp = async (...jobs: DrillJob[]) => {
    for (const job of jobs) {
      const { outcome, reason } = await stack.backUp(job);
      expect(outcome, reason).toBe("succeeded");
    }
  };
  const ofDrills = () =>
    docker(
      lab,
      ...["ps", "--all", "--quiet", "--filter", "label=holdfast.drill"],
      ...["--filter", `label=holdfast.stack=${stack.project}`],
    );
  const scratch = async () => (
    await stack.holdfast("status"),
    stack.exec("backup", "ls", "/var/lib/holdfast/scratch")
  );
  /** Of all jobs: what is wrong with the points of those that failed. */
  const drillAll = async () => {
    const { stdout, stderr, exitCode } = await stack.holdfast("drill", "--json");
    const drilled = JSON.parse(stdout) as Drilled[];
    expect(drilled.map(({ run }) => run.job).sort(), stderr).toEqual([...DRILL_JOBS].sort());
    expect(await ofDrills()).toBe("");
    const failed = drilled.filter(({ run }) => run.outcome !== "succeeded");
    const problems = failed.map(({ run, problems }) => [
      run.job,
      problems.length > 0 ? problems : [run.reason],
    ]);
    return { exitCode, drilled, failed: Object.fromEntries(problems) as Partial<Record<DrillJob, string[]>> };
  };
  /** What is stored of a job's newest point. */
  const stored = async (job: DrillJob, object: string) => {
    const [point] = await stack.points(job);
    const name = `${stack.project}/${job}/${point?.id ?? ""}`;
    const [dump] = point?.dumps ?? [];
    return { id: point?.id ?? "", name, path: `/archive/${name}/${object}`, bytes: Number(dump?.["bytes"]) };
  };

  /** The daemon alerts of the drills of these jobs, and of no other. */
  const alerted = async (...jobs: DrillJob[]) => {
    const url = `${await stack.url("backup", 9219)}/metrics`;
    const active = async () => {
      const lines = (await (await fetch(url)).text()).matchAll(
        /^holdfast_alerts_active\{job="(\w+)",condition="drill-failed"\} 1$/gm,
      );
      return [...lines]
        .map(([, job]) => job)
        .sort()
        .join();
    };
    const wanted = [...jobs].sort().join();
    await waitUntil(`alerts of ${wanted}`, async () => (await active()) === wanted, SOON_MS);
  };

  it(
    "restore each point where nobody sees it, and ask what came back, alone and read-only",
    async () => {
      const { exitCode, failed, drilled } = await drillAll();
      expect(failed).toEqual({});
      expect(exitCode).toBe(0);
      for (const { run, phases } of drilled.filter(({ run }) => run.job !== "data"))
        expect(
          phases.map(({ name }) => name),
          run.job,
        ).toEqual([...["finding the point", "starting a server", "restoring", "checking"]]);
      expect(await scratch()).toBe("");
    },
    LONG_MS,
  );

  it(
    "fail the point with a changed byte, and that without its dump, and no other",
    async () => {
      const [dump, keys] = [await stored("db", "dump.pgdump.zst"), await stored("cache", "dump.rdb.zst")];
      const flip = `const fs = require("fs"); const f = fs.openSync("${dump.path}", "r+"); const b = Buffer.alloc(1);
      fs.readSync(f, b, 0, 1, 100); b[0] ^= 1; fs.writeSync(f, b, 0, 1, 100)`;
      await stack.exec("backup", "node", "-e", flip);
      await stack.exec("backup", "rm", keys.path);
      const { exitCode, failed } = await drillAll();
      expect(failed).toEqual({
        db: [
          `Reading local:${dump.name}/dump.pgdump.zst failed: frame 1 of 1 (content bytes 0 to ${dump.bytes}) is damaged: zstd says: Restored data doesn't match checksum; verify the job's recovery points and restore from an undamaged one.`,
        ],
        cache: [
          `Finding recovery point ${keys.id} failed: no store can give it: Reading recovery point local:${keys.name}/ failed: dump.rdb.zst is missing; there is no other; \`holdfast verify\` tells more.`,
        ],
      });
      expect(exitCode).toBe(1);
      await alerted("db", "cache");
      await backUp("cache");
    },
    LONG_MS,
  );

  it(
    "fail the points of a changed schema, an emptied table and a missing file, and no other",
    async () => {
      await inDb("DELETE FROM orders");
      await inShop("ALTER TABLE orders RENAME COLUMN amount TO price; DROP VIEW rich; DROP TRIGGER up");
      await inApp("rm sub/deep");
      await backUp("data", "db", "shop");
      const { exitCode, failed } = await drillAll();
      expect(failed).toEqual({
        data: ["sub/deep is not in the point, and a check asks for it."],
        db: [
          "The query `SELECT count(*) FROM orders WHERE at > now() - interval '7 days'` gives \"0\", and at least 2 is expected.",
          'The query `SELECT name FROM orders ORDER BY name LIMIT 1` gives nothing, and "apples" is expected.',
        ],
        shop: [
          "Asking service shop of the drill failed: mariadb ended with exit code 1 in service shop of the drill: ERROR 1054 (42S22) at line 1: Unknown column 'amount' in 'WHERE'.",
          "Asking service shop of the drill failed: mariadb ended with exit code 1 in service shop of the drill: ERROR 1054 (42S22) at line 1: Unknown column 'amount' in 'SELECT'.",
        ],
      });
      expect(exitCode).toBe(1);
      await alerted("data", "db", "shop");
    },
    LONG_MS,
  );

  it("that are killed leave nothing once the sidecar runs again", async () => {
    await inApp("touch slow sub/deep");
    await backUp("data");
    const drilling = stack.holdfast("drill", "data");
    await waitUntil("the check", async () => (await ofDrills()) !== "" || undefined, SOON_MS);
    await stack.compose("kill", "backup");
    await drilling;
    expect(await ofDrills()).not.toBe("");
    await stack.compose("start", "backup");
    await waitUntil("no container of a drill", async () => (await ofDrills()) === "" || undefined, SOON_MS);
    expect(await scratch()).toBe("");
  });

  it("look at a disk that is attached to the machine: its file system, its files, its databases", async () => {
    const deviceName = `hf-drill-${stack.project}`;
    const detach = await attachDisk(stack.directory, deviceName, (root) => {
      const database = new DatabaseSync(join(root, "users.db"));
      database.exec("CREATE TABLE users (name); INSERT INTO users VALUES ('ada')");
      database.close();
      writeFileSync(join(root, "torn.db"), "SQLite format 3\0 and no more");
    });
    onTestFinished(detach);
    const runtime = new DockerRuntime(lab.host);
    const [own] = await runtime.containers({ project: stack.project, service: "backup" }, signal);
    runtime.ownContainer = async () => own;
    const found = await lookAtDisk(
      { runtime, clock: systemClock, stack: stack.project },
      {
        ...{ job: "disk", place: "drill-of-disk", deviceName, scratch: "/var/lib/holdfast/scratch", signal },
        checks: [
          { kind: "databases", path: "users.db" },
          { kind: "databases", path: "torn.db" },
          { kind: "files", path: "gone" },
        ],
        warn: (message) => expect.fail(message),
      },
    );
    expect(found).toEqual({
      problems: [expect.stringMatching(/^The database torn\.db does not open: /)],
      warnings: [],
      missing: [{ kind: "files", path: "gone" }],
    });
    expect(await ofDrills()).toBe("");
  });
});
