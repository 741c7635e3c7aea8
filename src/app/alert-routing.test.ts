import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { notifierError, RecordingNotifier } from "../../test/fakes/recording-notifier.ts";
import type { AlertEvent, Problem } from "../domain/alerts.ts";
import { EVERYTHING, type ChannelRules } from "../domain/channel-rules.ts";
import { DAY, HOUR, MINUTE } from "../domain/instant.ts";
import type { State } from "../ports/state.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { AlertDelivery } from "./alert-delivery.ts";
import { brokenChannels } from "./channel-health.ts";

const never = new AbortController().signal;
const NIGHT = { from: 22 * 60, to: 7 * 60, lets: "critical" } as const;
let clock: FakeClock;
let state: State;
let team: RecordingNotifier;
let rules: ChannelRules;

beforeEach(() => {
  clock = new FakeClock("2026-11-20T12:00:00Z");
  state = openMemoryState();
  team = new RecordingNotifier("team");
  rules = EVERYTHING;
});

/** As a process that has just been started. */
async function deliver(timezone = "UTC"): Promise<void> {
  const delivery = new AlertDelivery({
    ...{ state: state.alerts, notes: state.notes, stack: "s", timezone, notifiers: [team], clock },
    ...{ rulesOf: () => rules, random: () => 0.5, onOutcome: () => undefined },
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  await delivery.deliverDue(never);
}

/** `firing a`, … */
function queue(texts: string[], about: Partial<Problem> = {}): void {
  const at = clock.now();
  const problem = {
    condition: "stale",
    severity: "warning",
    title: "t",
    detail: "d",
    next: "n",
    ...about,
  } as const;
  const deliveries = texts.map((text) => {
    const [event, id = ""] = text.split(" ") as [AlertEvent, string];
    const message = { id, event, stack: "s", since: at, at, problem: { ...problem, title: id } };
    return { channel: "team", message, notBefore: at };
  });
  state.alerts.commit({ active: [], deliveries });
}
const waiting = () => state.alerts.queued("team").length;

describe("many alike", () => {
  it("are one message, two are two", async () => {
    queue(["firing a", "firing b"]);
    await deliver();
    expect(team.told).toEqual(["firing a", "firing b"]);
    queue(["firing c", "firing d", "firing e"]);
    await deliver();
    expect(team.accepted.slice(2).map(({ event, problem }) => [event, problem.title])).toEqual([
      ["summary", "3 alerts: stale"],
    ]);
    expect(waiting()).toBe(0);
  });

  it("are each told to a program", async () => {
    Object.assign(team, { isMachine: true });
    queue(["firing a", "firing b", "firing c"]);
    await deliver();
    expect(team.told).toEqual(["firing a", "firing b", "firing c"]);
  });

  it("stay queued each for itself when the one message fails", async () => {
    team.behave = () => notifierError(true);
    queue(["firing a", "firing b", "firing c"]);
    await deliver();
    expect([team.told, waiting()]).toEqual([[], 3]);
    team.behave = () => undefined;
    queue(["resolved a"]);
    await clock.advance(HOUR);
    await deliver();
    expect(team.told.toSorted()).toEqual(["firing b", "firing c", "resolved a"]);
  });
});

describe("quiet hours", () => {
  beforeEach(() => {
    rules = { ...EVERYTHING, quiet: NIGHT };
    clock.jumpTo(Date.parse("2026-11-20T23:00:00Z"));
  });

  it("hold what is not critical, and tell it as one message afterwards", async () => {
    queue(["firing a"]);
    queue(["firing b"], { condition: "run-partial" });
    queue(["firing c"], { severity: "critical" });
    await deliver();
    expect(team.told).toEqual(["firing c"]);
    await clock.advance(7 * HOUR + 59 * MINUTE);
    await deliver();
    expect(team.told).toEqual(["firing c"]);
    await clock.advance(MINUTE);
    await deliver();
    expect(team.accepted.at(-1)).toMatchObject({ event: "summary", problem: { title: "2 alerts: stack s" } });
    expect(waiting()).toBe(0);
  });

  it("are those of the stack's zone", async () => {
    queue(["firing a"]);
    await deliver("America/New_York");
    expect(team.told).toEqual(["firing a"]);
  });

  it("leave of an alert that came and went that it is over", async () => {
    queue(["firing a"]);
    queue(["resolved a"]);
    await clock.advance(9 * HOUR);
    await deliver();
    expect(team.told).toEqual(["resolved a"]);
  });
});

it("a limit lets so many pass in an hour, over restarts, and the rest as one when there is room", async () => {
  rules = { ...EVERYTHING, maxPerHour: 2 };
  queue(["firing a"]);
  await deliver();
  queue(["firing b"], { condition: "run-failed" });
  await deliver();
  for (const condition of ["disk-low", "run-partial"] as const) queue([`firing ${condition}`], { condition });
  await deliver();
  expect(team.told).toEqual(["firing a", "firing b"]);
  await clock.advance(HOUR);
  queue(["firing c"]);
  await deliver();
  expect(team.accepted.slice(2).map(({ problem }) => problem.title)).toEqual(["3 alerts: stack s"]);
});

describe("a channel that does not deliver", () => {
  const broken = () => brokenChannels(state.notes, ["team"], clock.now());

  it("is broken when a message was refused for good, and no more when one arrives", async () => {
    team.behave = () => notifierError(false);
    queue(["firing a"]);
    await deliver();
    expect(broken()).toMatchObject([{ condition: "channel-broken", channel: "team", severity: "critical" }]);
    expect(brokenChannels(state.notes, ["other"], clock.now())).toEqual([]);
    team.behave = () => undefined;
    queue(["firing b"]);
    await deliver();
    expect(broken()).toEqual([]);
  });

  it("is broken when it takes nothing for an hour", async () => {
    team.behave = () => notifierError(true);
    queue(["firing a"]);
    await deliver();
    await clock.advance(HOUR - 1);
    expect(broken()).toEqual([]);
    await clock.advance(1);
    expect(broken()).toHaveLength(1);
    await clock.advance(DAY);
    await deliver();
    expect(broken()[0]?.detail).toContain("messages were given up");
  });
});
