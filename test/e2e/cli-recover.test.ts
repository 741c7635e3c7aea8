/** `holdfast recover` of directories, by an engine that only writes down what is done: what it says, its exit codes, and what it does when it is killed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { EngineServer } from "../fakes/engine-server.ts";
import { damage } from "./damage.ts";
import type { Ended } from "./holdfast-process.ts";
import { testStack } from "./test-stack.ts";

const SERVICES = [
  { service: "web", dependsOn: ["app"] },
  { service: "app", dependsOn: ["db"] },
  { service: "db" },
  { service: "done", state: "exited" as const },
];

async function runningStack({ backedUp = true } = {}) {
  const stack = testStack({ jobs: { data: {}, uploads: {} } });
  const write = (text: string) => {
    stack.write({ notes: text });
    stack.write({ "a/photo": text }, "uploads");
  };
  write("as it was");
  if (backedUp) await stack.done("backup");
  const [point = ""] = backedUp ? readdirSync(`${stack.store()}/test/data`) : [];
  write("spoilt");
  const socket = stack.path("engine.sock");
  const engine = await EngineServer.start(socket, { project: "test", services: SERVICES });
  onTestFinished(() => engine.close());
  const env = { DOCKER_HOST: `unix://${socket}`, COMPOSE_PROJECT_NAME: "test" };
  const content = () => [
    readFileSync(stack.path("sources/data/notes"), "utf8"),
    readFileSync(stack.path("sources/uploads/a/photo"), "utf8"),
  ];
  return {
    ...{ stack, point, engine, content },
    recover: (...args: string[]) => stack.runWith({ env }, "recover", ...args),
    start: (...args: string[]) => stack.startWith({ env }, "recover", ...args),
    states: () => ["web", "app", "db", "done"].map((name) => engine.stateOf(name)),
  };
}

const told = ({ exitCode, stdout, stderr }: Ended) => `${exitCode} ${stdout}${stderr}`;
const STOPS = ["stop web", "stop app", "stop db"];
const STARTS = ["start db", "start app", "start web"];

describe("a recovery by the command line", () => {
  it("stops services, restores, starts what ran before, and leaves its report where it was wanted", async () => {
    const { stack, engine, content, recover, states } = await runningStack();
    const ended = await recover("--yes", "--report", stack.path("report.md"));
    expect(told(ended)).toMatch(
      /^0 # Recovery of stack test\n\nThe stack is back, and every check has passed\./,
    );
    expect(engine.changes).toEqual([...STOPS, ...STARTS]);
    expect(content()).toEqual(["as it was", "as it was"]);
    expect(states()).toEqual(["running", "running", "running", "exited"]);
    const report = readFileSync(stack.path("report.md"), "utf8");
    expect(ended.stdout).toContain(report);
    expect(readdirSync(stack.path("state", "recoveries"))).toHaveLength(1);
    const kept = [...report.matchAll(/^- \w+: (\/.*holdfast-old.*)$/gm)].map(([, path = ""]) => path);
    expect(kept.map((path) => readdirSync(path))).toEqual([["notes"], ["a"]]);
    expect((await stack.done("audit", "--json")).stdout).toContain('"recover"');
  });

  it("shows the plan, does nothing until somebody says yes, then only what was asked for", async () => {
    const { engine, content, recover } = await runningStack();
    expect(told(await recover("--dry-run"))).toMatch(
      /^0 .*Stops first, in this order: web, app, db\..*dry run/s,
    );
    expect(told(await recover())).toMatch(/^5 .*nobody confirmed it; add --yes/s);
    expect(engine.changes).toEqual([]);
    expect(content()).toEqual(["spoilt", "spoilt"]);
    expect((await recover("--yes", "--only", "data")).exitCode).toBe(0);
    expect(content()).toEqual(["as it was", "spoilt"]);
  });
});

describe("a recovery that is refused changes nothing, and says", () => {
  it("what is wrong with what was asked, and which point or store cannot be used", async () => {
    const { stack, point, engine, content, recover } = await runningStack();
    const refused = async (args: string[], expected: RegExp): Promise<void> => {
      expect(told(await recover("--yes", ...args))).toMatch(expected);
    };
    await Promise.all([
      refused(["--only", "dta"], /^2 .*dta.*data/s),
      refused(["--at", "2001-01-01T00:00"], /^5 .*data: it has no point of 2001-01-01T00:00:00/s),
      refused(["--at", "yesterday"], /^2 .*yesterday/s),
      refused(["--report", "/nowhere/report.md"], /^2 .*\/nowhere.*nothing was begun/s),
      refused(["--report", stack.root], /^2 .*it is a directory/s),
      refused(["--to", "/stack"], /^2 .*--to is for --from/s),
    ]);
    damage(stack.store(), point, "recovery-point.json");
    await refused([], /^5 .*Planning the recovery failed: data: .*--at, or name the jobs/s);
    renameSync(stack.store(), `${stack.store()}.away`);
    await refused([], /^5 .*Planning the recovery failed: data: .* uploads: /s);
    expect(engine.changes).toEqual([]);
    expect(content()).toEqual(["spoilt", "spoilt"]);
    expect(existsSync(stack.path("state/recovery.json"))).toBe(false);
  });

  it("that no job has a point, and that there is no engine, and what does without one", async () => {
    const { stack, engine, content, recover } = await runningStack({ backedUp: false });
    expect(told(await recover("--yes"))).toMatch(/^5 .*no job has a point that could be restored \(data: /);
    const env = { DOCKER_HOST: `unix://${stack.path("none.sock")}` };
    const ended = await stack.runWith({ env }, "recover", "--yes");
    expect(told(ended)).toMatch(/^1 .*engine.*cannot be asked.*or restore each job by `holdfast restore`/s);
    expect(engine.changes).toEqual([]);
    expect(content()).toEqual(["spoilt", "spoilt"]);
  });
});

describe("a recovery whose report cannot be written any more", () => {
  it("has brought everything back all the same, and says so", async () => {
    const { stack, engine, content, recover } = await runningStack();
    mkdirSync(stack.path("reports"));
    engine.beforeChange = (change) => {
      if (change === "start web") rmSync(stack.path("reports"), { recursive: true });
    };
    const ended = await recover("--yes", "--report", stack.path("reports/report.md"));
    expect(told(ended)).toMatch(
      /^3 # Recovery of stack test\n\nThe stack is back.*warning: .*reports\/report\.md/s,
    );
    expect(content()).toEqual(["as it was", "as it was"]);
  });
});

describe("a recovery that is killed again and again", () => {
  it("is ended by the next one that is not", async () => {
    const { engine, content, recover, start, states } = await runningStack();
    for (const fatal of ["stop app", "start db", "start web"]) {
      const reached = new Promise<void>((resolve) => {
        engine.beforeChange = (change) => {
          if (change !== fatal) return undefined;
          resolve();
          return new Promise(() => undefined);
        };
      });
      const killed = start("--yes");
      await reached;
      killed.kill("SIGKILL");
      await killed.ended;
    }
    engine.beforeChange = () => undefined;
    const goesOn = /begun at .* and cut off, goes on with starting the services/;
    expect((await recover("--dry-run")).stdout).toMatch(goesOn);
    expect(told(await recover("--yes"))).toMatch(/^0 # .*every check has passed.* in 4 attempts/s);
    expect(content()).toEqual(["as it was", "as it was"]);
    expect(states()).toEqual(["running", "running", "running", "exited"]);
    expect(told(await recover("--abandon"))).toMatch(/^0 No recovery is under way/);
  });
});
