import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { storedState } from "../torture/stored-state.ts";
import { alertInbox } from "./alert-inbox.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const HTTP = { listen: "127.0.0.1:0", token: TOKEN };
const REPEAT_EVERY_MS = 3000;

/** A job that is run by hand, and stale three seconds after it was. */
async function quicklyStale(alerts: object = {}) {
  const inbox = await alertInbox();
  const stack = testStack({
    jobs: { data: { freshness: { maxAge: "3s" } } },
    alerts: { channels: inbox.channels, ...alerts },
    http: HTTP,
  });
  stack.write({ file: "content" });
  return { inbox, stack };
}

describe("a job that goes stale", () => {
  it("turns /healthz to 503 and `status` to exit 4, alerts once, is repeated on time, and resolves", async () => {
    const { inbox, stack } = await quicklyStale({ repeatEvery: `${REPEAT_EVERY_MS}ms` });
    await stack.backUp();
    const daemon = await stack.startDaemon();

    const firing = await inbox.next("stale", "firing");
    expect(firing).toMatchObject({ job: "data", store: "local", severity: "critical", stack: "test" });
    const health = await daemon.get("/healthz");
    expect(health.status).toBe(503);
    expect(health.body).toContain("data in local: stale");
    const status = await stack.run("status");
    expect(status.exitCode).toBe(4);
    expect(status.stdout).toContain("1 of 1 backups are not fresh");
    expect((await daemon.get("/metrics")).body).toMatch(
      /^holdfast_job_fresh\{job="data",store="local"\} 0$/m,
    );

    await waitUntil("two repetitions", () => inbox.about("stale").length >= 3);
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("stale", "resolved");

    const told = inbox.about("stale").filter(({ id }) => id === firing.id);
    expect(told.map(({ event }) => event)).toEqual([
      "firing",
      ...Array.from({ length: told.length - 2 }, () => "repeated"),
      "resolved",
    ]);
    // At most one in each period of repeatEvery, counted from the beginning of the alert.
    const periods = told
      .slice(0, -1)
      .map(({ at, since }) => Math.floor((Date.parse(at) - Date.parse(since)) / REPEAT_EVERY_MS));
    expect(periods[0]).toBe(0);
    expect(periods).toEqual([...new Set(periods)].sort((x, y) => x - y));
  });

  it("is neither told twice nor forgotten when the daemon is killed in between", async () => {
    const { inbox, stack } = await quicklyStale();
    await stack.backUp();
    const first = await stack.startDaemon();
    const firing = await inbox.next("stale", "firing");
    const delivered = 'holdfast_notifications_total{channel="hook",outcome="delivered"} 1';
    await waitUntil("the delivery", async () => (await first.get("/metrics")).body.includes(delivered));
    await first.stop("SIGKILL");

    const second = await stack.startDaemon();
    expect(await second.conditions()).toEqual(["stale"]);
    expect((await second.get("/healthz")).status).toBe(503);
    expect(await second.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("stale", "resolved");

    const told = inbox.about("stale").filter(({ id }) => id === firing.id);
    expect(told.map(({ event }) => event)).toEqual(["firing", "resolved"]);
  });

  it("is told by the next daemon when the first one was killed before it could tell it", async () => {
    const { inbox, stack } = await quicklyStale();
    await stack.backUp();
    inbox.receiver.answer("hang");
    const first = await stack.startDaemon();
    const unheard = await inbox.next("stale", "firing");
    await first.stop("SIGKILL");

    inbox.receiver.answer({ status: 200 });
    await stack.startDaemon();
    expect(await inbox.next("stale", "firing", 1)).toMatchObject({ id: unheard.id, at: unheard.at });
  });
});

describe("a store that is lost and comes back", () => {
  it("alerts, makes runs partial, and resolves; the other store goes on", async () => {
    const inbox = await alertInbox();
    const stores = ["local", "offsite"];
    const stack = testStack({ stores, alerts: { channels: inbox.channels }, http: HTTP });
    stack.write({ file: "content" });
    const daemon = await stack.startDaemon();
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");

    renameSync(stack.store("offsite"), stack.path("unmounted"));
    expect(await daemon.runJob("data", TOKEN)).toBe("partial");
    expect(await inbox.next("store-unreachable", "firing")).toMatchObject({ store: "offsite", job: null });
    expect(storedState(stack.store("local")).committed.size).toBe(2);
    expect((await daemon.get("/metrics")).body).toMatch(/^holdfast_store_up\{store="offsite"\} 0$/m);

    renameSync(stack.path("unmounted"), stack.store("offsite"));
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("store-unreachable", "resolved");
    expect(storedState(stack.store("offsite")).committed.size).toBe(3);
  });
});

describe("a source that is lost", () => {
  it("fails the runs and alerts; earlier points stay, nothing is pruned", async () => {
    const inbox = await alertInbox();
    const stack = testStack({
      jobs: { data: { retention: { last: 1 }, full: "always" } },
      alerts: { channels: inbox.channels },
      http: HTTP,
    });
    stack.write({ file: "content" });
    await stack.backUp();
    const before = storedState(stack.store());
    const daemon = await stack.startDaemon();

    rmSync(stack.source(), { recursive: true });
    expect(await daemon.runJob("data", TOKEN)).toBe("failed");
    expect((await inbox.next("run-failed", "firing")).detail).toContain("does not exist");
    mkdirSync(stack.source());
    expect(await daemon.runJob("data", TOKEN)).toBe("failed");
    expect(storedState(stack.store())).toEqual(before);

    stack.write({ file: "content" });
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("run-failed", "resolved");
  });
});

describe("a daemon that was killed amid a run", () => {
  it("tells once, when it runs again, what it has cleaned", async () => {
    const inbox = await alertInbox();
    const stack = testStack({ alerts: { channels: inbox.channels }, http: HTTP });
    stack.makeEndless();
    const first = await stack.startDaemon();
    await first.requestRun("data", TOKEN);
    await waitUntil("objects of the point", () => storedState(stack.store()).uncommitted.size > 0);
    await first.stop("SIGKILL");
    expect(inbox.notes).toEqual([]);

    rmSync(stack.source("data"), { recursive: true });
    stack.write({ file: "content" });
    const second = await stack.startDaemon();
    expect(await second.runJob("data", TOKEN)).toBe("succeeded");
    const count = await waitUntil("the notes", () => inbox.notes.length >= 2 && inbox.notes.length);
    await second.stop("SIGTERM");
    const third = await stack.startDaemon();
    expect(await third.runJob("data", TOKEN)).toBe("succeeded");
    await third.stop("SIGTERM");

    const title = "Cleaned up after a process that was killed";
    expect(inbox.notes).toHaveLength(count);
    for (const note of inbox.notes)
      expect(note).toMatchObject({ title, condition: null, severity: "warning" });
    const text = inbox.notes.map(({ detail }) => detail).join("\n");
    expect(text).toMatch(/The lock of backup of job data \(pid \d+ .*\), which has died, was taken over\./);
    expect(text).toMatch(/Removed what a killed run of job data had left in local: \d+ objects?\./);
  });
});

describe("trouble around the runs", () => {
  it("reaches a receiver: a lock that another holds, a channel that is gone, a config that is refused", async () => {
    const [inbox, dead] = [await alertInbox(), await alertInbox()];
    dead.receiver.answer({ status: 404 });
    const channels = { ...inbox.channels, dead: dead.channels.hook };
    const jobs = { data: {}, endless: {} };
    const stack = testStack({ alerts: { channels }, http: HTTP, jobs });
    stack.write({ file: "content" });
    stack.makeEndless("endless");
    const daemon = await stack.startDaemon();
    const other = stack.start("backup", "endless");
    await waitUntil("objects of the point", () => storedState(stack.store()).uncommitted.size > 0);

    expect(await daemon.runJob("data", TOKEN)).toBe("failed");
    const { detail, next } = await inbox.next("run-failed", "firing");
    expect(detail).toMatch(/stack test in store local is locked by backup of job endless \(pid \d+ on host /);
    expect(`${detail} ${next}`).toContain("wait until it has ended, or stop it");
    expect(await inbox.next("channel-broken", "firing")).toMatchObject({
      title: "Alert channel dead does not deliver",
      severity: "critical",
    });

    other.kill("SIGTERM");
    await other.ended;
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    await inbox.next("run-failed", "resolved");
    const good = readFileSync(stack.configPath, "utf8");
    writeFileSync(stack.configPath, good.concat("bogus: 1\n"));
    daemon.process.kill("SIGHUP");
    expect((await inbox.next("config-refused", "firing")).detail).toContain("bogus");
    writeFileSync(stack.configPath, good);
    await inbox.next("config-refused", "resolved");
  });
});
