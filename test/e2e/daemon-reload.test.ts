/** A running daemon takes up another config, by SIGHUP and by itself, and refuses one that is wrong. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { storedState } from "../torture/stored-state.ts";
import { Daemon, testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const HTTP = { listen: "127.0.0.1:0", token: TOKEN };

async function started(): Promise<{ stack: TestStack; daemon: Daemon }> {
  const stack = testStack({ http: HTTP });
  stack.write({ file: "content" });
  stack.write({ file: "content" }, "more");
  return { stack, daemon: await stack.startDaemon() };
}

const jobNames = async (daemon: Daemon) => (await daemon.status()).jobs.map(({ name }) => name);

const metric = async (daemon: Daemon, name: string) =>
  new RegExp(`^${name} (\\S+)$`, "m").exec((await daemon.get("/metrics")).body)?.[1];

describe("a changed config", () => {
  it("is taken up at SIGHUP: new jobs run, series of removed ones end, and the address stays", async () => {
    const { stack, daemon } = await started();
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    stack.configure({ http: HTTP, jobs: { more: {} } });
    daemon.process.kill("SIGHUP");
    await waitUntil("the new job", async () => (await jobNames(daemon)).join() === "more");
    expect(await daemon.runJob("more", TOKEN)).toBe("succeeded");
    expect((await daemon.requestRun("data", TOKEN)).status).toBe(404);
    const { body } = await daemon.get("/metrics");
    expect(body).toContain('job="more"');
    expect(body).not.toContain('job="data"');
    expect(await metric(daemon, "holdfast_config_reload_success")).toBe("1");
    expect(daemon.process.stderr.match(/Listening on/g)).toHaveLength(1);
  });

  it("is noticed by itself, and its new address listened on instead of the old one", async () => {
    const { stack, daemon } = await started();
    stack.configure({ http: { ...HTTP, listen: "127.0.0.2:0" }, jobs: { data: {}, more: {} } });
    const url = await waitUntil(
      "the new address",
      () => /http:\/\/127\.0\.0\.2:\d+/.exec(daemon.process.stderr)?.[0],
    );
    await waitUntil(
      "the new job",
      async () => (await jobNames(new Daemon(daemon.process, url))).length === 2,
    );
    await waitUntil("the old address to be left", () =>
      daemon.get("/livez").then(
        () => false,
        () => true,
      ),
    );
    await daemon.stop("SIGTERM");
    expect((await daemon.process.ended).exitCode).toBe(0);
  });

  it("that is wrong is refused whole, told with all its mistakes, and taken up when it is mended", async () => {
    const { stack, daemon } = await started();
    const good = readFileSync(stack.configPath, "utf8");
    const before = await metric(daemon, "holdfast_config_last_reload_timestamp_seconds");
    writeFileSync(stack.configPath, good.replace("lockWait: 0s", "lockWait: never").concat("bogus: 1\n"));
    daemon.process.kill("SIGHUP");
    await waitUntil("the alert", async () => (await daemon.conditions()).includes("config-refused"));
    expect(daemon.process.stderr).toContain("is refused, and the one before stays in effect: 2 mistakes");
    expect(await metric(daemon, "holdfast_config_reload_success")).toBe("0");
    expect(await metric(daemon, "holdfast_config_last_reload_timestamp_seconds")).toBe(before);
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    writeFileSync(stack.configPath, good);
    await waitUntil("the end of the alert", async () => (await daemon.conditions()).length === 0);
    expect(await metric(daemon, "holdfast_config_reload_success")).toBe("1");
  });

  it("of another stack or state is refused: that needs a restart", async () => {
    const { stack, daemon } = await started();
    const good = readFileSync(stack.configPath, "utf8");
    writeFileSync(stack.configPath, good.replace("stack: test", "stack: other"));
    daemon.process.kill("SIGHUP");
    await waitUntil("the refusal", () => daemon.process.stderr.includes("cannot change while Holdfast runs"));
    expect(daemon.process.stderr).toContain("the stack is called test, and would be other");
  });

  it("lets a run under way end under the old one, and starts none of its job beside it", async () => {
    const { stack, daemon } = await started();
    stack.write({ large: randomBytes(60_000_000) });
    const { body } = await daemon.requestRun("data", TOKEN);
    const { runId } = JSON.parse(body) as { runId: string };
    await waitUntil("a run under way", () => storedState(stack.store()).uncommitted.size > 0);
    stack.configure({ http: HTTP, jobs: { data: { schedule: "* * * * * *", full: "always" } } });
    daemon.process.kill("SIGHUP");
    await waitUntil("the config to wait", () => daemon.process.stderr.includes("when the runs under way"));
    await waitUntil("runs of the new config", async () => {
      const [job] = (await daemon.status()).jobs;
      return (job?.recentRuns.length ?? 0) >= 3;
    });
    const [job] = (await daemon.status()).jobs;
    expect(job?.recentRuns.find(({ id }) => id === runId)?.outcome).toBe("succeeded");
    expect(job?.recentRuns.map(({ outcome }) => outcome)).not.toContain("cancelled");
    await daemon.stop("SIGTERM");
  });
});
