import { beforeEach, describe, expect, it } from "vitest";
import { describeStateContract } from "../../test/contract/state-contract.ts";
import { FailingState } from "../../test/fakes/failing-state.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import type { ActiveAlert, AlertMessage, Problem } from "../domain/alerts.ts";
import { openMemoryState } from "./sqlite-state.ts";
import { withMemory, type EnduringState } from "./with-memory.ts";

const quiet = { onEvent: () => undefined };

describeStateContract("a database with a memory", () => withMemory(openMemoryState(), quiet));

const problem: Problem = { condition: "stale", severity: "critical", title: "", detail: "", next: "" };
const alert = (id: string): ActiveAlert => ({ id, key: id, problem, since: 1, lastNotifiedAt: 1 });
const firing = (id: string): AlertMessage => ({ id, event: "firing", stack: "s", problem, since: 1, at: 1 });
const telling = (...ids: string[]) => ({
  active: ids.map(alert),
  deliveries: ids.map((id) => ({ channel: "hook", message: firing(id), notBefore: 0 })),
});

let inner: FailingState;
let state: EnduringState;
let events: string[];
beforeEach(() => {
  inner = new FailingState();
  events = [];
  state = withMemory(inner, { onEvent: (message) => events.push(message) });
});

const runIds = (of: Pick<EnduringState, "runs"> = state) =>
  of.runs.recent({ limit: 100 }).map(({ id }) => id);
const queued = (of: Pick<EnduringState, "alerts"> = state) =>
  of.alerts.queued("hook").map(({ message }) => message.id);

describe("while the disk is full", () => {
  it("runs are known from memory, before those on disk, by job and by operation", () => {
    state.runs.add(runRecord({ id: "1" }));
    inner.full = true;
    state.runs.add(runRecord({ id: "2", outcome: "failed" }));
    state.runs.add(runRecord({ id: "3", job: "users" }));
    expect(runIds()).toEqual(["3", "2", "1"]);
    expect(state.runs.last("data", "backup")).toMatchObject({ id: "2", outcome: "failed" });
    expect(state.runs.recent({ job: "data", limit: 1 }).map(({ id }) => id)).toEqual(["2"]);
    expect(state.runs.last("data", "verify")).toBeUndefined();
    const counted = () => state.runs.outcomes({ job: "data", operation: "backup", since: 0 });
    expect(counted()).toMatchObject({ succeeded: 1, failed: 1 });
    const attempts = () =>
      state.runs.attempts({ job: "data", operation: "backup", since: 0 }).map(({ outcome }) => outcome);
    expect(attempts()).toEqual(["failed", "succeeded"]);
    inner.unreadable = true;
    expect(counted()).toMatchObject({ succeeded: 1, failed: 1 });
    expect(attempts()).toEqual(["failed", "succeeded"]);
  });

  it("the last run of each job stays, however many there are of another, in bounded memory", () => {
    inner.full = true;
    state.runs.add(runRecord({ id: "rare", job: "rare" }));
    for (let number = 0; number < 5000; number++) state.runs.add(runRecord({ id: `often-${number}` }));
    expect(state.runs.last("rare", "backup")?.id).toBe("rare");
    expect(state.runs.last("data", "backup")?.id).toBe("often-4999");
    expect(state.runs.recent({ limit: 10_000 }).length).toBeLessThan(100);
  });

  it("a job that is seen for the first time is remembered as of then", () => {
    inner.full = true;
    expect(state.runs.firstSeen("new", 1000)).toBe(1000);
    expect(state.runs.firstSeen("new", 2000)).toBe(1000);
    inner.full = false;
    state.recover();
    expect(inner.disk.runs.firstSeen("new", 3000)).toBe(1000);
  });

  it("alerts are active and messages wait, each until it is delivered or dropped", () => {
    state.alerts.commit(telling("early"));
    inner.full = true;
    state.alerts.commit(telling("early", "late"));
    expect(state.alerts.active().map(({ id }) => id)).toEqual(["early", "late"]);
    expect(state.alerts.waitingChannels()).toEqual(["hook"]);
    const [first, second, third] = state.alerts.queued("hook");
    expect(queued()).toEqual(["early", "early", "late"]);
    state.alerts.delivered(first?.id ?? 0);
    state.alerts.drop(second?.id ?? 0);
    expect(queued()).toEqual(["late"]);
    state.alerts.postpone(third?.id ?? 0, 5000);
    expect(state.alerts.queued("hook")).toMatchObject([{ attempts: 1, notBefore: 5000 }]);
  });

  it("what is postponed on disk is so in memory", () => {
    state.alerts.commit(telling("early"));
    inner.full = true;
    state.alerts.postpone(state.alerts.queued("hook")[0]?.id ?? 0, 5000);
    expect(state.alerts.queued("hook")).toMatchObject([{ attempts: 1, notBefore: 5000 }]);
    inner.full = false;
    state.recover();
    expect(inner.disk.alerts.queued("hook")).toMatchObject([{ attempts: 1, notBefore: 5000 }]);
  });

  it("the trouble is told once, and once that it is over", () => {
    expect(state.trouble()).toBeUndefined();
    inner.full = true;
    state.runs.add(runRecord());
    state.alerts.commit(telling("a"));
    state.recover();
    expect(state.trouble()).toContain("disk is full");
    expect(events).toEqual([expect.stringContaining("disk is full")]);
    inner.full = false;
    state.recover();
    expect(state.trouble()).toBeUndefined();
    expect(events.slice(1)).toEqual(["The state can be written again."]);
  });

  it("whoever writes the audit trail is told that it could not be written", () => {
    inner.full = true;
    const entry = {
      at: 0,
      actor: "a",
      operation: "pin",
      job: "data",
      outcome: "succeeded",
      details: {},
    } as const;
    expect(() => state.audit.record(entry)).toThrow("disk is full");
  });
});

describe("when the disk takes something again", () => {
  it("everything is written, once and in its order", () => {
    inner.full = true;
    state.runs.add(runRecord({ id: "1" }));
    state.alerts.commit(telling("a"));
    inner.full = false;
    state.runs.add(runRecord({ id: "2" }));
    state.recover();
    state.recover();
    expect(runIds(inner.disk)).toEqual(["2", "1"]);
    expect(runIds()).toEqual(["2", "1"]);
    expect(inner.disk.alerts.active().map(({ id }) => id)).toEqual(["a"]);
    expect([queued(inner.disk), queued()]).toEqual([["a"], ["a"]]);
  });

  it("what was delivered meanwhile is not on disk, and what was on disk is gone from it", () => {
    state.alerts.commit(telling("early"));
    inner.full = true;
    state.alerts.commit({ active: [], deliveries: telling("late").deliveries });
    for (const { id } of state.alerts.queued("hook")) state.alerts.delivered(id);
    inner.full = false;
    state.recover();
    expect([queued(inner.disk), queued()]).toEqual([[], []]);
    expect(inner.disk.alerts.active()).toEqual([]);
  });

  it("a message that is being sent just then is not sent again", () => {
    inner.full = true;
    state.alerts.commit(telling("a", "b"));
    const [sending] = state.alerts.queued("hook");
    inner.full = false;
    state.recover();
    expect(queued(inner.disk)).toEqual(["a", "b"]);
    state.alerts.delivered(sending?.id ?? 0);
    expect([queued(inner.disk), queued()]).toEqual([["b"], ["b"]]);
  });

  it("a message that fails just then waits on disk", () => {
    inner.full = true;
    state.alerts.commit(telling("a"));
    const [sending] = state.alerts.queued("hook");
    inner.full = false;
    state.recover();
    state.alerts.postpone(sending?.id ?? 0, 5000);
    expect(inner.disk.alerts.queued("hook")).toMatchObject([{ attempts: 1, notBefore: 5000 }]);
  });

  it("nothing is called over while anything is still in memory only", () => {
    inner.full = true;
    state.runs.add(runRecord());
    inner.full = false;
    state.alerts.commit(telling("a"));
    expect(state.trouble()).toBeDefined();
    state.recover();
    expect(state.trouble()).toBeUndefined();
    expect(runIds(inner.disk)).toHaveLength(1);
  });

  it("a close writes the runs that wait", () => {
    inner.full = true;
    state.runs.add(runRecord({ id: "1" }));
    inner.full = false;
    const added: string[] = [];
    inner.runs.add = (run) => void added.push(run.id);
    state.close();
    expect(added).toEqual(["1"]);
  });
});

describe("a disk that cannot be read either", () => {
  it("is answered for by what it said last", () => {
    state.runs.add(runRecord({ id: "1", outcome: "failed" }));
    state.alerts.commit(telling("a"));
    expect(state.runs.last("data", "backup")?.id).toBe("1");
    expect(state.alerts.active()).toHaveLength(1);
    inner.full = inner.unreadable = true;
    expect(state.runs.last("data", "backup")?.id).toBe("1");
    expect(state.alerts.active().map(({ id }) => id)).toEqual(["a"]);
    expect(state.trouble()).toBeDefined();
  });
});
