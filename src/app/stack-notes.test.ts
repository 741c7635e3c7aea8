/** Notes from what happened to the receiver. */
import { beforeEach, describe, expect, it } from "vitest";
import { FailingState } from "../../test/fakes/failing-state.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { notifierError, RecordingNotifier } from "../../test/fakes/recording-notifier.ts";
import type { Problem } from "../domain/alerts.ts";
import { EVERYTHING, takes, type ChannelRules } from "../domain/channel-rules.ts";
import { HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import type { State } from "../ports/state.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { withMemory } from "../state/with-memory.ts";
import { AlertDelivery } from "./alert-delivery.ts";
import { StackNotes } from "./stack-notes.ts";

const signal = new AbortController().signal;
const LOCK: StackEvent = { kind: "cleaned", text: "The lock of pid 7 was taken over." };
const PAUSED: StackEvent = { kind: "cleaned", text: "app runs again.", job: "data" };
const LATE: StackEvent = { kind: "late", text: "db was held for 2 h.", job: "data" };

let clock: FakeClock;
let state: State;
let notifier: RecordingNotifier;
let rules: ChannelRules;
let ids = 0;
beforeEach(() => {
  clock = new FakeClock("2026-11-20T12:00:00Z");
  state = openMemoryState();
  notifier = new RecordingNotifier("team");
  rules = EVERYTHING;
});

/** One life of the daemon, over the same state. */
function life(over: State = state) {
  const notes = new StackNotes({
    ...{ state: over.alerts, silences: over.silences, clock, stack: "analytics" },
    channels: [{ name: "team", takes: (message) => takes(rules, "team", message) }],
    newId: () => String(++ids),
    onQueued: () => undefined,
  });
  const delivery = new AlertDelivery({
    ...{ state: over.alerts, notes: over.notes, clock, stack: "analytics", timezone: "UTC" },
    ...{ notifiers: [notifier], random: () => 0.5, rulesOf: () => rules },
    onOutcome: () => undefined,
    onTrouble: () => undefined,
  });
  const pass = async (duration: number) => {
    await clock.advance(duration);
    await delivery.deliverDue(signal);
  };
  return { notes, pass };
}

const told = () => notifier.accepted.map(({ event, problem }) => `${event}: ${problem.detail}`);

describe("a note", () => {
  it("is told once, says what happened and what to do, and is of no alert", async () => {
    const { notes, pass } = life();
    notes.add(LATE);
    await pass(MINUTE);
    await pass(HOUR);
    expect(notifier.accepted).toHaveLength(1);
    expect(notifier.accepted[0]).toMatchObject({
      event: "note",
      problem: {
        job: "data",
        severity: "warning",
        title: "Services were held for longer than they may be",
        detail: "db was held for 2 h.",
        next: "Look with `holdfast history data` at what took so long; the limit is `quiesce.limit`.",
      },
    });
    expect(state.alerts.active()).toEqual([]);
    expect(state.alerts.waitingChannels()).toEqual([]);
  });

  it("is one with those of the same moment, as of a start after a crash", async () => {
    const { notes, pass } = life();
    notes.add(LOCK);
    await clock.advance(2 * SECOND);
    notes.add(PAUSED);
    await pass(2 * SECOND);
    expect(told()).toEqual([]);
    await pass(SECOND);
    expect(told()).toEqual(["note: The lock of pid 7 was taken over.\napp runs again."]);
    notes.add(LATE);
    await pass(MINUTE);
    expect(told().slice(1)).toEqual(["note: db was held for 2 h."]);
  });

  it("survives that the daemon is killed before it is told, and is not told again after", async () => {
    life().notes.add(LOCK);
    await life().pass(MINUTE);
    await life().pass(MINUTE);
    expect(told()).toEqual(["note: The lock of pid 7 was taken over."]);
  });

  it("waits for a channel that is away", async () => {
    notifier.behave = () => notifierError(true);
    life().notes.add(LOCK);
    await life().pass(MINUTE);
    notifier.behave = () => undefined;
    await life().pass(HOUR);
    expect(told()).toHaveLength(1);
  });

  it("is told also while the disk of the state is full, once", async () => {
    const inner = new FailingState();
    const enduring = withMemory(inner, { onEvent: () => undefined });
    inner.full = true;
    const { notes, pass } = life(enduring);
    notes.add(LOCK);
    await pass(MINUTE);
    inner.full = false;
    enduring.recover();
    await pass(MINUTE);
    expect(told()).toHaveLength(1);
  });

  it("leaves the alerts that are firing as they are", () => {
    const [problem, since] = [{ condition: "stale", severity: "critical" } as Problem, clock.now()];
    const active = [{ id: "a", key: "k", problem, since, lastNotifiedAt: since }];
    state.alerts.commit({ active, deliveries: [] });
    life().notes.add(LOCK);
    expect(state.alerts.active().map(({ id }) => id)).toEqual(["a"]);
  });

  it.each<[string, Partial<ChannelRules>, StackEvent, number]>([
    ["whoever takes warnings", {}, LOCK, 1],
    ["nobody who wants only what is critical", { severity: "critical" }, LATE, 0],
    ["nobody who wants only certain conditions", { conditions: ["stale", "services-held"] }, LATE, 0],
    ["nobody who wants only other jobs", { jobs: ["users"] }, PAUSED, 0],
    ["also who wants only certain jobs, where it is about none", { jobs: ["users"] }, LOCK, 1],
    ["nobody, where it is for the log", {}, { kind: "trouble", text: "x" }, 0],
  ])("is told to %s", async (_name, of, event, count) => {
    rules = { ...EVERYTHING, ...of };
    const { notes, pass } = life();
    notes.add(event);
    await pass(MINUTE);
    expect(told()).toHaveLength(count);
  });

  it("waits for the end of the quiet hours", async () => {
    rules = { ...EVERYTHING, quiet: { from: 11 * 60, to: 13 * 60, lets: "critical" } };
    const { notes, pass } = life();
    notes.add(LOCK);
    await pass(MINUTE);
    expect(told()).toEqual([]);
    await pass(HOUR);
    expect(told()).toHaveLength(1);
  });

  it("is not told of what somebody has silenced", async () => {
    const silence = { since: clock.now(), until: clock.now() + HOUR, reason: "", actor: "alice" };
    state.silences.add({ ...silence, id: "1", job: "data" });
    const { notes, pass } = life();
    notes.add(PAUSED);
    notes.add(LOCK);
    await pass(MINUTE);
    expect(told()).toEqual(["note: The lock of pid 7 was taken over."]);
  });

  it("never fills the state, however often something is killed", async () => {
    notifier.behave = () => notifierError(true);
    for (let boot = 0; boot < 500; boot++) {
      life().notes.add(LOCK);
      await clock.advance(20 * SECOND);
    }
    expect(state.alerts.queued("team")).toHaveLength(100);
    notifier.behave = () => undefined;
    await life().pass(HOUR);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(/\n… and 70 more, in the log$/);
  });

  it("is not put off by a clock that is set back", async () => {
    const { notes, pass } = life();
    notes.add(LOCK);
    await pass(MINUTE);
    clock.jumpTo(Date.parse("2026-11-19T12:00:00Z"));
    notes.add(PAUSED);
    await pass(MINUTE);
    expect(told()).toHaveLength(2);
  });
});
