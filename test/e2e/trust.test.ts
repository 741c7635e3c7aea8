/** What can be trusted, as `status`, `doctor` and the daemon say it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { scrapeOf } from "../fakes/scrape.ts";
import { storedState } from "../torture/stored-state.ts";
import { alertInbox } from "./alert-inbox.ts";
import { damage } from "./damage.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const HTTP = { listen: "127.0.0.1:0", token: TOKEN };
const FRESH_FOR_AN_HOUR = { data: { freshness: { maxAge: "1h" } } };

describe("a damaged point", () => {
  it("is not fresh, alerts once a verify has found it, and is over with the next backup and its removal", async () => {
    const inbox = await alertInbox();
    const stack = testStack({ jobs: FRESH_FOR_AN_HOUR, alerts: { channels: inbox.channels }, http: HTTP });
    stack.write({ file: "content" });
    const point = await stack.backUp();
    expect((await stack.done("status")).stdout).toContain("every backup is fresh");
    damage(stack.store(), point, "archive.tar.zst");
    const daemon = await stack.startDaemon();
    expect((await stack.run("verify")).exitCode).toBe(1);

    const firing = await inbox.next("verify-failed", "firing");
    expect(firing).toMatchObject({ job: "data", store: "local", severity: "critical" });
    expect(firing.detail).toContain(point);
    const { status, body } = await daemon.get("/healthz");
    expect([status, body]).toEqual([503, expect.stringContaining("1 point is damaged")]);
    const shown = await stack.run("status");
    expect(shown.exitCode).toBe(4);
    expect(shown.stdout).toContain("1 (1 DAMAGED)");
    expect(shown.stdout).toContain(`Point ${point} of data in local is damaged`);

    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await waitUntil("a fresh job", async () => (await daemon.status()).fresh);
    expect(await daemon.conditions()).toEqual(["verify-failed"]);
    rmSync(stack.path("stores", "local", "test", "data", point), { recursive: true });
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("verify-failed", "resolved");
  });
});

describe("a commit record that is none", () => {
  it("is told as an alert, on the page and in the API", async () => {
    const inbox = await alertInbox();
    const stack = testStack({ alerts: { channels: inbox.channels }, http: HTTP });
    stack.write({ file: "content" });
    const point = await stack.backUp();
    writeFileSync(stack.path("stores", "local", "test", "data", point, "recovery-point.json"), "{");
    const daemon = await stack.startDaemon();
    expect((await inbox.next("point-unusable", "firing")).detail).toContain(point);
    expect((await daemon.get("/")).body).toContain("Points that cannot be used");
    const { problems } = JSON.parse((await daemon.get("/api/v1/status")).body) as { problems: unknown[] };
    expect(problems).toMatchObject([{ job: "data", store: "local", point, kind: "damaged" }]);
  });
});

describe("a store that does not answer", () => {
  it("is not a backup that was never made", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    await stack.backUp();
    renameSync(stack.store(), stack.path("unmounted"));
    const status = await stack.run("status");
    expect(status.exitCode).toBe(4);
    expect(status.stdout).toMatch(/data +local +unknown/);
    expect(status.stdout).toContain("Store local does not answer: Listing local:");
    const daemon = await stack.startDaemon();
    const health = await waitUntil("the first look", async () => {
      const answer = await daemon.get("/healthz");
      return !answer.body.startsWith("starting") && answer;
    });
    expect(health.status).toBe(503);
    expect(health.body).toContain("data in local: unknown; store local does not answer: Listing local:");
    const samples = scrapeOf((await daemon.get("/metrics")).body);
    expect(samples.value('holdfast_job_fresh{job="data",store="local"}')).toBe(0);
    expect(samples.of("holdfast_points")).toEqual([]);
  });
});

describe("doctor", () => {
  it("fails when the state cannot be written, for the daemon would refuse to start", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    expect((await stack.run("doctor")).stdout).toMatch(/^state +ok/m);
    writeFileSync(stack.path("a-file"), "");
    const { exitCode, stdout } = await stack.run("doctor", "--state", stack.path("a-file"));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^state +failed +.*make the state directory writable/m);
    expect((await stack.run("--state", stack.path("a-file"), "run")).exitCode).toBe(2);
  });

  it("says whose the http address is", async () => {
    const stack = testStack();
    const port = await freePort();
    const http = { listen: `127.0.0.1:${port}` };
    stack.configure({ http });
    const finding = async () => /^http address +.*$/m.exec((await stack.run("doctor")).stdout)?.[0];
    expect(await finding()).toMatch(/ok +127\.0\.0\.1:\d+ is free/);
    await stack.startDaemon();
    expect(await finding()).toMatch(/ok +.* is held by the daemon/);
    stack.configure({ stack: "other", http });
    expect(await finding()).toMatch(/failed +.* held by the Holdfast of stack test/);
  });

  it("measures space as the alert does", async () => {
    const stack = testStack({ alerts: { diskLow: { percent: 0 } } });
    stack.write({ file: "content" });
    expect((await stack.run("doctor")).stdout).toMatch(/^store local +ok +.* are free\.$/m);
    stack.configure({ alerts: { diskLow: { bytes: "1000TB" } } });
    expect((await stack.run("doctor")).stdout).toMatch(/^store local +warning +.* counts as low/m);
  });
});

describe("a daemon that is stopped", () => {
  it("says in its log and history that it was, and not that a command failed", async () => {
    const stack = testStack({ http: HTTP });
    stack.makeEndless();
    const daemon = await stack.startDaemon();
    expect((await daemon.requestRun("data", TOKEN)).status).toBe(202);
    await waitUntil("a run under way", () => storedState(stack.store()).uncommitted.size > 0);
    await daemon.stop("SIGTERM");
    expect(daemon.process.stderr).toContain("the daemon was stopped");
    expect(daemon.process.stderr).not.toContain("The command failed");
    const status = JSON.parse((await stack.run("status", "--json")).stdout) as {
      jobs: { lastRun: { outcome: string; reason: string } }[];
    };
    expect(status.jobs[0]?.lastRun).toMatchObject({
      outcome: "cancelled",
      reason: expect.stringContaining("the daemon was stopped") as string,
    });
  });
});

const whyNoDisk = reasonAgainstMounting();

describe("a state disk that is full", () => {
  it.skipIf(whyNoDisk !== undefined)(
    `does not mute alerts nor falsify the status (${whyNoDisk ?? "on a tmpfs of 1 MB"})`,
    async () => {
      const inbox = await alertInbox();
      const stack = testStack({ alerts: { channels: inbox.channels }, http: HTTP });
      mkdirSync(stack.statePath);
      mount(stack.statePath);
      stack.write({ file: "content" });
      const daemon = await stack.startDaemon();
      expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
      fillUp(stack.path("state", "filler"));

      renameSync(stack.source(), stack.path("gone"));
      expect(await daemon.runJob("data", TOKEN)).toBe("failed");
      expect(await inbox.next("run-failed", "firing")).toMatchObject({ job: "data" });
      expect((await inbox.next("state-unwritable", "firing")).detail).toContain("full");
      const { body } = await daemon.get("/metrics");
      expect(body).toMatch(/^holdfast_job_last_run_outcome\{job="data",outcome="failed"\} 1$/m);

      rmSync(stack.path("state", "filler"));
      await inbox.next("state-unwritable", "resolved");
      renameSync(stack.path("gone"), stack.source());
      expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
      await inbox.next("run-failed", "resolved");
      expect(inbox.about("run-failed").map(({ event }) => event)).toEqual(["firing", "resolved"]);
      expect(inbox.about("state-unwritable").map(({ event }) => event)).toEqual(["firing", "resolved"]);
      const outcomes = (await daemon.status()).jobs[0]?.recentRuns.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(["succeeded", "failed", "succeeded"]);
      await daemon.stop("SIGTERM");
    },
  );
});

function reasonAgainstMounting(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "skipped: needs root on Linux";
  const place = mkdtempSync(join(tmpdir(), "holdfast-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", place], { stdio: "ignore" });
    execFileSync("umount", ["--lazy", place]);
    return undefined;
  } catch {
    return "skipped: this machine lets nobody mount";
  } finally {
    rmSync(place, { recursive: true });
  }
}

function mount(directory: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", directory]));
}

/** Until not one byte more fits. */
function fillUp(path: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (let takes = true; takes;) {
      try {
        writeFileSync(path, Buffer.alloc(size), { flag: "a" });
      } catch {
        takes = false;
      }
    }
  }
  if (!existsSync(path)) throw new Error("Nothing could be written.");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
