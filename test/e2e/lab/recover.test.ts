/** A stack with an app that writes to DuckDB and an uploads directory, PostgreSQL and Redis: lost with all its volumes, and recovered. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { FakeGcs } from "../../fakes/gcs/fake-gcs.ts";
import { shootRecoveries } from "../../torture/recover/shoot-recoveries.ts";
import { holdfast } from "../holdfast-process.ts";
import { bridgeOf } from "./bridge.ts";
import { run } from "./command.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { backUpAgain, backUpPromised, differences, readFacts, type Promised } from "./recover-facts.ts";
import { planOf, VOLUMES } from "./four-kinds-stack.ts";
import { standUp } from "./sidecar-stack.ts";

/** `npm run torture -- --recover N` does many more. */
const KILLS = 2;
/** Also on a machine that is busy. */
const LONG_MS = 600_000;

describeInLab("the recovery of a stack", (lab) => {
  const stack = standUp(lab, planOf(lab));
  let promised: Promised;

  beforeAll(async () => {
    promised = await backUpPromised(stack);
  });

  /** As of the points, and nothing between them and the loss. */
  const isAsPromised = async (lostAt: number): Promise<void> => {
    expect(differences(await readFacts(stack), { ...promised, lostAt })).toEqual([]);
  };

  /** All but the store. */
  const loseEverything = async (): Promise<void> => {
    await stack.compose("down", "--timeout", "5");
    await docker(lab, "volume", "rm", ...VOLUMES.map((name) => `${stack.project}_${name}`));
  };

  const onHost = (command: string) => run("sh", ["-c", command], { env: lab.env, cwd: stack.directory });

  it("shows what would be lost, which is what is not in the points, and begins nothing without a yes", async () => {
    const { stdout, exitCode } = await stack.holdfast("recover", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^data +volume +\S+ +local +\S+ \S+Z +\d+ \w+/m);
    expect(stdout).toMatch(/^users +dump to db /m);
    expect(stdout).toMatch(/^sessions +dump to sessions /m);
    expect(stdout).toContain("Stops first, in this order: app, cache.");
    expect(await stack.holdfast("recover")).toMatchObject({ exitCode: 5 });
  });

  it(
    "says how to make the containers when there are none, then brings everything back after everything is lost but the store",
    async () => {
      const lostAt = Date.now();
      await loseEverything();
      const recover = () => stack.tryCompose("run", "--rm", "-T", "backup", "recover", "--yes", "--json");
      const first = await recover();
      expect(first.exitCode, first.stderr).toBe(5);
      expect(first.stderr).toContain("there is no container of db, sessions to restore a dump into");
      const [, command = ""] = /`(docker compose [^`]* up --no-start)`/.exec(first.stderr) ?? [];
      expect(await onHost(command)).toMatchObject({ exitCode: 0 });
      const { exitCode, stdout, stderr } = await recover();
      expect(exitCode, stderr + stdout).toBe(0);
      const { jobs } = JSON.parse(stdout) as { jobs: { job: string; lostMs: number }[] };
      const lostMs = jobs.find(({ job }) => job === "data")?.lostMs ?? 0;
      expect(promised.asOf + lostMs).toBeGreaterThanOrEqual(lostAt);
      await isAsPromised(lostAt);
      await stack.compose("up", "--detach", "--wait", "--no-recreate");
    },
    LONG_MS,
  );

  it(
    "ends the same way when something of it is killed at any moment, and it is asked for again",
    async () => {
      const lines: string[] = [];
      const shots = { kills: KILLS, seed: Number(process.env["HOLDFAST_TEST_SEED"] ?? 1) };
      const print = (line: string) => void lines.push(line);
      const phases = await shootRecoveries({ stack, lab }, promised, { ...shots, print });
      expect(phases, lines.join("\n")).toHaveLength(KILLS);
    },
    LONG_MS,
  );

  it(
    "is made again where there is nothing but the image, the bucket and the identity, by the very commands that it is told",
    async () => {
      const gcs = await FakeGcs.start(await bridgeOf(lab));
      onTestFinished(() => gcs.close());
      const [identity, fresh] = [join(stack.directory, "identity"), join(stack.directory, "fresh")];
      const { stdout: key } = await holdfast(["key", "new", "--out", identity]);
      const bucket = { kind: "gcs", bucket: gcs.bucket.name, prefix: "acme", endpoint: gcs.url };
      const plan = planOf(lab, {
        stores: { bucket },
        encryption: { age: { recipients: [/age1\w+/.exec(key)?.[0]] } },
      });
      await stack.layOut(plan);
      promised = await backUpAgain(stack);
      expect(await stack.holdfast("backup", "_config")).toMatchObject({ exitCode: 0 });
      const lostAt = Date.now();
      await loseEverything();
      await docker(lab, "volume", "rm", `${stack.project}_archive`);

      await mkdir(fresh);
      const from = `gs://${gcs.bucket.name}/acme/${stack.project}?endpoint=${gcs.url}`;
      const mounts = ["--volume", `${fresh}:/stack`, "--volume", `${identity}:/identity:ro`];
      const args = ["recover", "--from", from, "--to", "/stack", "--identity", "/identity"];
      const told = await docker(lab, "run", "--rm", ...mounts, lab.image, ...args);
      expect(told).toContain("  ./app.mjs   (service app)");
      await writeFile(join(fresh, "app.mjs"), plan.files?.["app.mjs"] ?? "");
      const commands = [...told.matchAll(/^ {2}(docker compose .*)$/gm)].map(([, command = ""]) => command);
      expect(commands).toHaveLength(2);
      for (const command of commands) {
        // There is no terminal here at which somebody could type the stack's name.
        const given = command.replace("IDENTITY", identity).replace("run --rm", "run --rm -T");
        const script = given.includes(" recover ") ? `${given} --yes` : given;
        const end = await run("sh", ["-c", script], { env: lab.env, cwd: fresh });
        expect(end, end.stderr + end.stdout).toMatchObject({ exitCode: 0 });
      }
      await isAsPromised(lostAt);
    },
    LONG_MS,
  );
});
