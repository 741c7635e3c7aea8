/** What every State does, whatever keeps it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertKey, type ActiveAlert, type AlertMessage, type Problem } from "../../src/domain/alerts.ts";
import { DAY, HOUR } from "../../src/domain/instant.ts";
import type { RunRecord } from "../../src/domain/run.ts";
import type { State } from "../../src/ports/state.ts";
import { runRecord } from "../fakes/status-fixture.ts";

const problem: Problem = {
  condition: "stale",
  job: "data",
  store: "local",
  severity: "critical",
  title: "Backup of data is stale in local",
  detail: "quotes ' \" and emoji 🔥",
  next: "run it",
};
const alert = (id: string, about: Problem = problem): ActiveAlert => ({
  ...{ id, key: alertKey(about), problem: about, since: 1, lastNotifiedAt: 2 },
});
const message = (id: string, event: AlertMessage["event"] = "firing"): AlertMessage => ({
  ...{ id, event, stack: "shop", problem, since: 1, at: 2 },
});
const delivery = (channel: string, id: string, notBefore = 0) => ({
  channel,
  message: message(id),
  notBefore,
});

export function describeStateContract(name: string, open: () => State): void {
  describe(`the state in ${name}`, () => {
    let state: State;
    beforeEach(() => void (state = open()));
    afterEach(() => state.close());
    const add = (...runs: Partial<RunRecord>[]) => runs.forEach((run) => state.runs.add(runRecord(run)));
    const ids = (filter: Parameters<State["runs"]["recent"]>[0]) =>
      state.runs.recent(filter).map((run) => run.id);

    describe("run history", () => {
      it("gives back a run as it was added", () => {
        const run = runRecord({ outcome: "partial", reason: "it's “odd”", warningCount: 3 });
        state.runs.add(run);
        expect(state.runs.last("data", "backup")).toEqual(run);
      });

      it("lists the newest first, by job, by operation, and up to the limit", () => {
        add({ id: "1" }, { id: "2", job: "users" }, { id: "3", operation: "verify" }, { id: "4" });
        expect(ids({ limit: 10 })).toEqual(["4", "3", "2", "1"]);
        expect(ids({ limit: 2 })).toEqual(["4", "3"]);
        expect(ids({ job: "data", limit: 10 })).toEqual(["4", "3", "1"]);
        expect(ids({ operation: "verify", limit: 10 })).toEqual(["3"]);
        expect(ids({ job: "data", operation: "backup", limit: 1 })).toEqual(["4"]);
        expect(ids({ job: "nobody", limit: 10 })).toEqual([]);
        expect(state.runs.last("users", "verify")).toBeUndefined();
      });

      it("counts the runs that ended since an instant, by outcome, of one job and operation", () => {
        const count = () => state.runs.outcomes({ job: "data", operation: "backup", since: 2 * DAY });
        const none = { succeeded: 0, partial: 0, failed: 0, cancelled: 0, skipped: 0 };
        expect(count()).toEqual(none);
        const ended = (id: string, day: number, more: Partial<RunRecord> = {}) =>
          add({ id, finishedAt: day * DAY, ...more });
        ended("before", 1.9);
        ended("then", 2);
        ended("of another", 3, { job: "users" });
        ended("another thing", 3, { operation: "verify" });
        expect(count()).toEqual({ ...none, succeeded: 1 });
        ended("failed", 3, { outcome: "failed" });
        ended("failed too", 4, { outcome: "failed" });
        ended("partial", 4, { outcome: "partial" });
        expect(count()).toEqual({ ...none, succeeded: 1, partial: 1, failed: 2 });
        ended("failed", 5, { outcome: "succeeded" });
        expect(count()).toEqual({ ...none, succeeded: 2, partial: 1, failed: 1 });
      });

      it("keeps one record of a run that is added again", () => {
        add({ id: "1", outcome: "failed" }, { id: "1", outcome: "succeeded" });
        expect(state.runs.recent({ limit: 10 }).map((run) => run.outcome)).toEqual(["succeeded"]);
      });

      it("forgets old runs, but never the last of a job and operation", () => {
        const ended = (id: string, day: number, more: Partial<RunRecord> = {}) => ({
          id,
          finishedAt: day * DAY,
          ...more,
        });
        add(
          ended("1", 1),
          ended("2", 2, { operation: "verify" }),
          ended("3", 3),
          ended("4", 4, { job: "users" }),
          ended("5", 9),
        );
        expect(ids({ limit: 10 })).toEqual(["5", "4", "3", "2", "1"]);
        state.runs.forgetBefore(9 * DAY);
        expect(ids({ limit: 10 })).toEqual(["5", "4", "2"]);
      });

      it("forgets by itself what ended more than 400 days before", () => {
        add({ id: "1", finishedAt: 0 }, { id: "2", finishedAt: DAY }, { id: "3", finishedAt: 401 * DAY });
        expect(ids({ limit: 10 })).toEqual(["3", "2"]);
      });

      it("tells when runs of a job began and what they came to, the newest first", () => {
        add(
          { id: "1", startedAt: 10, finishedAt: 20 },
          { id: "2", startedAt: 30, finishedAt: 40, outcome: "failed" },
          { id: "3", startedAt: 35, finishedAt: 45, operation: "verify" },
          { id: "4", startedAt: 38, finishedAt: 48, job: "users" },
          { id: "5", startedAt: 50, finishedAt: 60, outcome: "partial" },
        );
        const attempts = (since: number) => state.runs.attempts({ job: "data", operation: "backup", since });
        expect(attempts(40)).toEqual([
          { startedAt: 50, outcome: "partial" },
          { startedAt: 30, outcome: "failed" },
        ]);
        expect(attempts(0)).toHaveLength(3);
        expect(attempts(61)).toEqual([]);
      });

      it("remembers when a job was first seen, and corrects an instant that turns out to be in the future", () => {
        expect(state.runs.firstSeen("data", 5 * HOUR)).toBe(5 * HOUR);
        expect(state.runs.firstSeen("data", 9 * HOUR)).toBe(5 * HOUR);
        expect(state.runs.firstSeen("users", 9 * HOUR)).toBe(9 * HOUR);
        expect(state.runs.firstSeen("data", 2 * HOUR)).toBe(2 * HOUR);
        expect(state.runs.firstSeen("data", 9 * HOUR)).toBe(2 * HOUR);
      });
    });

    describe("alert state", () => {
      const other = alert("b", { ...problem, condition: "run-failed" });

      it("replaces the active alerts and keeps their order", () => {
        state.alerts.commit({ active: [other, alert("a")], deliveries: [] });
        expect(state.alerts.active()).toEqual([other, alert("a")]);
        state.alerts.commit({ active: [alert("a")], deliveries: [] });
        expect(state.alerts.active()).toEqual([alert("a")]);
      });

      it("queues messages for each channel in order, due or not", () => {
        const deliveries = [delivery("slack", "1", 900), delivery("hook", "1"), delivery("slack", "2", 5)];
        state.alerts.commit({ active: [], deliveries });
        state.alerts.commit({ active: [], deliveries: [delivery("slack", "3")] });
        expect(state.alerts.waitingChannels()).toEqual(["hook", "slack"]);
        expect(state.alerts.queued("slack").map((one) => one.message.id)).toEqual(["1", "2", "3"]);
        expect(state.alerts.queued("slack")[0]).toMatchObject({
          channel: "slack",
          message: message("1"),
          attempts: 0,
          notBefore: 900,
        });
        expect(state.alerts.queued("nobody")).toEqual([]);
      });

      it("postpones a delivery, counting attempts, without moving it in its queue", () => {
        state.alerts.commit({ active: [], deliveries: [delivery("slack", "1"), delivery("slack", "2")] });
        const [first] = state.alerts.queued("slack");
        state.alerts.postpone(first!.id, 100);
        state.alerts.postpone(first!.id, 300);
        expect(state.alerts.queued("slack")[0]).toMatchObject({ id: first!.id, attempts: 2, notBefore: 300 });
      });

      it("forgets what was delivered or given up, also when told twice", () => {
        const deliveries = ["1", "2", "3"].map((id) => delivery("slack", id));
        state.alerts.commit({ active: [], deliveries });
        const [first, second] = state.alerts.queued("slack");
        state.alerts.delivered(first!.id);
        state.alerts.drop(second!.id);
        state.alerts.drop(second!.id);
        expect(state.alerts.queued("slack").map((one) => one.message.id)).toEqual(["3"]);
      });

      it("commits all or nothing", () => {
        const twice = [alert("a"), alert("a")];
        expect(() => state.alerts.commit({ active: twice, deliveries: [delivery("slack", "1")] })).toThrow();
        expect(state.alerts.active()).toEqual([]);
        expect(state.alerts.waitingChannels()).toEqual([]);
        state.alerts.commit({ active: [alert("a")], deliveries: [] });
        expect(state.alerts.active()).toHaveLength(1);
      });
    });

    describe("notes of channels", () => {
      const note = (name: string, value: string, at = 0, channel = "slack") => ({ channel, name, value, at });

      it("keep the last value of each name and channel, until it is removed", () => {
        state.notes.set(note("thread", "1"));
        state.notes.set(note("thread", "2", 5));
        state.notes.set(note("thread", "3", 6, "hook"));
        expect(state.notes.get("slack", "thread")).toBe("2");
        expect(state.notes.named("thread")).toHaveLength(2);
        state.notes.remove("slack", "thread");
        state.notes.remove("slack", "thread");
        expect(state.notes.get("slack", "thread")).toBeUndefined();
        expect(state.notes.named("thread")).toEqual([note("thread", "3", 6, "hook")]);
      });

      it("are forgotten when nobody has renewed them for 100 days", () => {
        state.notes.set(note("old", "1", 0));
        state.notes.set(note("young", "1", DAY));
        state.notes.set(note("new", "1", 101 * DAY));
        expect([state.notes.get("slack", "old"), state.notes.get("slack", "young")]).toEqual([
          undefined,
          "1",
        ]);
      });
    });

    it("silences are listed by their end, until they are removed or were over for a day", () => {
      const silence = (id: string, until: number, job?: string) => ({
        ...{ id, job, since: until - HOUR, until, reason: "a new disk", actor: "command:alice@host" },
      });
      state.silences.add(silence("b", 2 * HOUR, "data"));
      state.silences.add(silence("a", HOUR));
      expect(state.silences.all()).toEqual([silence("a", HOUR), silence("b", 2 * HOUR, "data")]);
      state.silences.remove("b");
      state.silences.add(silence("c", 30 * HOUR));
      expect(state.silences.all().map(({ id }) => id)).toEqual(["c"]);
    });

    it("the audit trail lists what was done, newest first", () => {
      const entry = {
        at: 7,
        actor: "command:alice@host",
        operation: "restore",
        job: "data",
        outcome: "succeeded",
      } as const;
      state.audit.record({ ...entry, details: { to: "/tmp/x", files: 3, nested: { deep: [null, true] } } });
      state.audit.record({ ...entry, operation: "pin", details: {} });
      expect(state.audit.recent(10)).toEqual([
        { ...entry, operation: "pin", details: {} },
        { ...entry, details: { to: "/tmp/x", files: 3, nested: { deep: [null, true] } } },
      ]);
      expect(state.audit.recent(1)).toHaveLength(1);
    });
  });
}
