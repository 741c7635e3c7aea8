/** Copies of a stack beside the running one: what comes back in them, what they reach, and what is left of them. */
import { beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { run } from "./command.ts";
import { describeInLab } from "./in-lab.ts";
import { docker } from "./images.ts";
import { planOf, readFacts, writeFacts, type Facts } from "./recover-stack.ts";
import { standUp } from "./sidecar-stack.ts";

const PHASES = [
  ...["making the project", "restoring volumes", "making the containers", "restoring dumps"],
  ...["starting", "checking"],
];

describeInLab("a copy of a stack", (lab) => {
  const stack = standUp(lab, planOf(lab));
  let before: Facts;

  beforeAll(async () => {
    await waitUntil("the app writes", async () => (await readFacts(stack)).events > 3, 60_000);
    await writeFacts(stack);
    before = await readFacts(stack);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });

  const inCopy = (service: string, ...command: string[]) =>
    docker(lab, "exec", `${stack.project}-copy-${service}-1`, ...command);
  const ofProject = async (project: string): Promise<string> => {
    const label = `label=com.docker.compose.project=${project}`;
    const lists = [
      ["ps", "--all"],
      ["volume", "ls"],
      ["network", "ls"],
    ];
    const found = await Promise.all(lists.map((list) => docker(lab, ...list, "--quiet", "--filter", label)));
    return found.join("").trim();
  };
  const compose = (...args: string[]) => run("/usr/bin/docker", ["compose", ...args], { env: lab.env });

  it("is made by a recovery to another project, while the stack runs on, and goes by Compose's own command", async () => {
    const project = `${stack.project}-copy`;
    const startedAt = () =>
      docker(lab, "inspect", "--format", "{{.State.StartedAt}}", stack.container("app"));
    const started = await startedAt();
    const { exitCode, stdout, stderr } = await stack.holdfast("recover", "--to-project", project);
    expect(exitCode, stderr + stdout).toBe(0);
    const count = "SELECT count(*) FROM ledger";
    expect(await inCopy("db", "psql", "-XU", "postgres", "-qAtd", "app", "-c", count)).toContain("20000");
    expect(await inCopy("cache", "redis-cli", "get", "greeting")).toContain(before.cached.trim());
    const told = JSON.parse(await inCopy("app", "cat", "/data/told.json")) as { last: number };
    expect(told.last).toBeGreaterThanOrEqual(before.events);
    const network = await docker(lab, "network", "inspect", `${project}_default`);
    expect(JSON.parse(network)).toMatchObject([{ Internal: true }]);
    const facts = "{{json .Mounts}} {{json .NetworkSettings.Ports}} {{json .NetworkSettings.Networks}}";
    for (const service of ["app", "db", "cache"]) {
      const seen = await docker(lab, "inspect", "--format", facts, `${project}-${service}-1`);
      expect(seen).not.toMatch(new RegExp(`${stack.project}_|HostPort`));
    }
    expect(await startedAt()).toBe(started);
    const again = await stack.holdfast("recover", "--to-project", project);
    expect(again.exitCode).toBe(5);
    expect(again.stderr).toContain("there is one already");
    const [, command = ""] = /`docker (compose [^`]* down --volumes)`/.exec(stdout) ?? [];
    const listed = await compose("-p", project, "ps", "--all", "--quiet");
    expect(listed.stdout.trim().split("\n")).toHaveLength(3);
    const removed = await compose(...command.split(" ").slice(1));
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
    expect(await ofProject(project)).toBe("");
  });

  const ofDrills = async (): Promise<string> => {
    const filters = [
      "--quiet",
      "--filter",
      "label=holdfast.drill",
      "--filter",
      `label=holdfast.stack=${stack.project}`,
    ];
    const lists = [
      ["ps", "--all"],
      ["volume", "ls"],
      ["network", "ls"],
    ];
    return (await Promise.all(lists.map((list) => docker(lab, ...list, ...filters)))).join("").trim();
  };

  it("is what a drill of the stack makes, measures, and takes away", async () => {
    const { exitCode, stdout, stderr } = await stack.holdfast("drill", "--stack", "--json");
    expect(exitCode, stderr + stdout).toBe(0);
    const drilled = JSON.parse(stdout) as { restoreMs: number; phases: { name: string }[]; points: object[] };
    expect(drilled.points).toHaveLength(3);
    expect(drilled.phases.map(({ name }) => name)).toEqual(["planning", ...PHASES]);
    expect(await ofDrills()).toBe("");
    const status = JSON.parse((await stack.holdfast("status", "--json")).stdout) as {
      jobs: { name: string; drill: { restoreSeconds: number } }[];
    };
    expect(status.jobs.find(({ name }) => name === "_config")?.drill.restoreSeconds).toBe(
      drilled.restoreMs / 1000,
    );
  });

  it("is removed by the next start of a sidecar that was killed while it drilled the stack", async () => {
    const drilling = stack.holdfast("drill", "--stack");
    await waitUntil(
      "the drill has made something",
      async () => (await ofDrills()) !== "" || undefined,
      60_000,
    );
    await stack.compose("kill", "backup");
    await drilling;
    expect(await ofDrills()).not.toBe("");
    await stack.compose("start", "backup");
    await waitUntil(
      "nothing of the drill is left",
      async () => (await ofDrills()) === "" || undefined,
      60_000,
    );
  });

  it.each(["volume-loss", "database-loss"])(
    "is what a game day does damage to: after %s it comes back, and nothing of it stays",
    async (scenario) => {
      const startedAt = () =>
        docker(lab, "inspect", "--format", "{{.State.StartedAt}}", stack.container("app"));
      const started = await startedAt();
      const gameday = ["gameday", "--scenario", scenario, "--project-copy", "--yes", "--json"];
      const { exitCode, stdout, stderr } = await stack.holdfast(...gameday);
      expect(exitCode, stderr + stdout).toBe(0);
      const report = JSON.parse(stdout) as { outcome: string; steps: { by: string; ms: number | null }[] };
      expect(report).toMatchObject({ scenario, outcome: "succeeded", failures: [], lessons: [] });
      expect(report.steps.map(({ by, ms }) => `${by} ${ms === null ? "not timed" : "timed"}`)).toEqual([
        ...["machine timed", "machine timed", "person not timed"],
        ...["machine timed", "machine timed", "person not timed"],
      ]);
      expect(await ofProject(`${stack.project}-gameday`)).toBe("");
      expect(await startedAt()).toBe(started);
      const history = await stack.holdfast("history", "--operation", "gameday");
      expect(history.stdout).toContain("_stack");
    },
  );
});
