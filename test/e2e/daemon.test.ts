import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { leftoversIn, storedState } from "../torture/stored-state.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";

describe("a daemon", () => {
  it("starts a run over HTTP for who has the token, and for nobody else", async () => {
    const stack = testStack({ http: { listen: "127.0.0.1:0", token: TOKEN } });
    stack.write({ file: "content" });
    const daemon = await stack.startDaemon();
    expect((await daemon.requestRun("data")).status).toBe(401);
    expect((await daemon.requestRun("data", "another-token")).status).toBe(401);
    expect((await daemon.requestRun("nope", TOKEN)).status).toBe(404);
    expect(await stack.points()).toEqual([]);
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    expect((await daemon.status()).jobs[0]?.lastRun?.trigger).toBe("api");
    const [point] = await stack.points();
    const address = `${daemon.url}/jobs/data/points/${point ?? ""}/file?path=file`;
    const trusted = { headers: { authorization: `Bearer ${TOKEN}` } };
    expect(await (await fetch(address, trusted)).text()).toBe("content");
    expect((await fetch(address)).status).toBe(401);
    expect(await (await fetch(`${daemon.url}/jobs/data`, trusted)).text()).toMatch(
      /backup succeeded.*>Back up|Log, \d/s,
    );
    expect(daemon.process.stderr).not.toContain(TOKEN);
  });

  it("answers a ping while it runs, and only then", async () => {
    const stack = testStack({ http: { listen: "127.0.0.1:0" } });
    stack.write({ file: "content" });
    const daemon = await stack.startDaemon();
    const port = Number(new URL(daemon.url).port);
    const asked = testStack({ http: { listen: `127.0.0.1:${port}` } });
    const meanwhile = await asked.run("ping");
    expect(meanwhile.exitCode).toBe(0);
    expect(meanwhile.stdout).toContain("/livez");
    await daemon.stop("SIGTERM");
    const after = await asked.run("ping");
    expect(after.exitCode).toBe(1);
    expect(after.stderr).toMatch(/does not answer; look at the log of `holdfast run`/);
  });

  it("is looked for by a ping also while its config file is a wrong one", async () => {
    const stack = testStack();
    writeFileSync(stack.configPath, "jobs: nonsense");
    const end = await stack.run("ping");
    expect(end.stdout + end.stderr).toContain("http://127.0.0.1:9219/livez");
  });

  it("starts none at all over HTTP without a token in its config", async () => {
    const daemon = await testStack().startDaemon();
    expect((await daemon.requestRun("data")).status).toBe(403);
    expect((await daemon.requestRun("data", "anything")).status).toBe(403);
  });

  it("runs jobs when they are due, prunes them, and sees what a command has backed up", async () => {
    const stack = testStack({
      jobs: { often: { schedule: "* * * * * *", retention: { last: 2 }, full: "always" }, data: {} },
      lockWait: "20s",
    });
    stack.write({ file: "content" });
    stack.write({ file: "content" }, "often");
    const daemon = await stack.startDaemon();
    const of = async (name: string) => (await daemon.status()).jobs.find((job) => job.name === name);
    await waitUntil("three scheduled runs", async () => ((await of("often"))?.recentRuns.length ?? 0) >= 3);
    expect((await of("often"))?.recentRuns.map(({ outcome }) => outcome)).not.toContain("failed");
    const point = await stack.backUp();
    await waitUntil(
      "the point of the command",
      async () => (await of("data"))?.stores[0]?.newest?.id === point,
    );
    await daemon.stop("SIGTERM");
    expect(
      [...storedState(stack.store()).committed].filter((folder) => folder.includes("/often/")),
    ).toHaveLength(2);
  });

  it("catches up once on a run that fell due while it was down", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const before = await stack.startDaemon();
    expect((await before.status()).jobs[0]?.lastRun).toBeNull();
    await before.stop("SIGKILL");
    // It is due daily, and was for the last time at the second that has just begun.
    const due = await waitUntil("the next second", wholeSecondAfter(new Date()));
    const daily = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
    stack.configure({ jobs: { data: { schedule: daily } } });

    const first = await stack.startDaemon();
    const run = await waitUntil(
      "the missed run",
      async () => (await first.status()).jobs[0]?.lastRun ?? undefined,
    );
    expect(run.outcome).toBe("succeeded");
    await first.stop("SIGTERM");

    const second = await stack.startDaemon();
    const job = await waitUntil("tomorrow's run to be planned", async () => {
      const [seen] = (await second.status()).jobs;
      return Date.parse(seen?.nextRunAt ?? "") > Date.now() && seen;
    });
    expect(job).toMatchObject({ running: false, lastRun: { id: run.id }, recentRuns: [{ id: run.id }] });
    await second.stop("SIGTERM");
    expect(await stack.points()).toHaveLength(1);
  });

  it("knows how fresh everything is also when its state was lost while it was down", async () => {
    const stack = testStack({ jobs: { data: { freshness: { maxAge: "1h" } } } });
    stack.write({ file: "content" });
    const point = await stack.backUp();
    await (await stack.startDaemon()).stop("SIGKILL");
    rmSync(stack.statePath, { recursive: true });

    const daemon = await stack.startDaemon();
    await waitUntil("a fresh job", async () => (await daemon.status()).fresh);
    expect((await daemon.get("/healthz")).status).toBe(200);
    expect((await daemon.status()).jobs[0]?.stores[0]).toMatchObject({
      freshness: "fresh",
      newest: { id: point },
    });
    expect((await stack.done("status")).stdout).toContain("every backup is fresh");
  });

  it("ends within ten seconds of SIGTERM in the middle of a run, exit 0, and leaves nothing half", async () => {
    const stack = testStack({ stores: ["local", "offsite"], http: { listen: "127.0.0.1:0", token: TOKEN } });
    stack.write({ file: "content" });
    const earlier = await stack.backUp();
    stack.makeEndless();
    const daemon = await stack.startDaemon();
    expect((await daemon.requestRun("data", TOKEN)).status).toBe(202);
    await waitUntil("a run under way", () => storedState(stack.store()).uncommitted.size > 0);
    expect((await daemon.requestRun("data", TOKEN)).status).toBe(409);
    const told = performance.now();
    daemon.process.kill("SIGTERM");
    expect(await daemon.process.ended).toMatchObject({ exitCode: 0, signal: null });
    expect(performance.now() - told).toBeLessThan(10_000);
    for (const store of ["local", "offsite"]) expect(leftoversIn(stack.store(store))).toEqual([]);
    expect(await stack.points()).toEqual([earlier]);
  });
});

/** Undefined until then: what waitUntil looks at. */
function wholeSecondAfter(start: Date): () => Date | undefined {
  const next = Math.floor(start.getTime() / 1000) * 1000 + 1000;
  return () => (Date.now() > next ? new Date(next) : undefined);
}

const hasPromtool = process.env["CI"] === "true" || isThere("promtool");

describe("the metrics", () => {
  it.skipIf(!hasPromtool)(
    "are what `promtool check metrics` accepts (skipped where promtool is not installed)",
    async () => {
      const stack = testStack({
        stores: ["local", "offsite"],
        http: { listen: "127.0.0.1:0", token: TOKEN },
      });
      stack.write({ file: "content" });
      const daemon = await stack.startDaemon();
      expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
      await stack.done("verify");
      const { body } = await daemon.get("/metrics");
      expect(body).toContain('holdfast_job_fresh{job="data",store="offsite"} 1');
      // Complaints come with an exit code, which throws.
      expect(execFileSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" })).toBe("");
    },
  );
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
