import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { notifierError, RecordingNotifier } from "../../test/fakes/recording-notifier.ts";
import type { AlertEvent } from "../domain/alerts.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import type { State } from "../ports/state.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { AlertDelivery } from "./alert-delivery.ts";

let clock: FakeClock;
let state: State;
let slack: RecordingNotifier;
let hook: RecordingNotifier;
let outcomes: string[];
let troubles: unknown[];
let delivery: AlertDelivery;
const never = new AbortController().signal;

beforeEach(() => {
  clock = new FakeClock();
  state = openMemoryState();
  slack = new RecordingNotifier("slack");
  hook = new RecordingNotifier("hook");
  outcomes = [];
  troubles = [];
  delivery = restarted();
});

function restarted(notifiers = [slack, hook]): AlertDelivery {
  return new AlertDelivery({
    ...{
      state: state.alerts,
      notes: state.notes,
      timezone: "UTC",
      stack: "s",
      notifiers,
      clock,
      random: () => 0.5,
    },
    onOutcome: ({ channel, outcome, message }) =>
      outcomes.push(`${channel} ${outcome} ${message.event} ${message.id}`),
    onTrouble: (error) => troubles.push(error),
  });
}

/** Queues `firing a` and the like. */
function queue(channel: string, ...texts: string[]): void {
  const problem = { condition: "stale", severity: "critical", title: "t", detail: "d", next: "n" } as const;
  const deliveries = texts.map((text) => {
    const [event, id = ""] = text.split(" ");
    const at = clock.now();
    return {
      channel,
      message: { id, event: event as AlertEvent, stack: "s", problem, since: at, at },
      notBefore: at,
    };
  });
  state.alerts.commit({ active: [], deliveries });
}
const failing = (transient: boolean, retryAfter?: number) => () => notifierError(transient, retryAfter);
const waitsFor = (channel: string) =>
  state.alerts
    .queued(channel)
    .map(({ attempts, notBefore }) => [attempts, (notBefore - clock.now()) / SECOND]);

describe("one pass", () => {
  it("sends what is due to each channel, in order, once", async () => {
    queue("slack", "firing a", "firing b");
    queue("hook", "firing a");
    await delivery.deliverDue(never);
    await delivery.deliverDue(never);
    expect([slack.told, hook.told]).toEqual([["firing a", "firing b"], ["firing a"]]);
    expect(outcomes.toSorted()).toEqual([
      "hook delivered firing a",
      "slack delivered firing a",
      "slack delivered firing b",
    ]);
  });

  it("tries again after 30 s, doubling to 30 min", async () => {
    slack.behave = failing(true);
    queue("slack", "firing a");
    const waits: unknown[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      await delivery.deliverDue(never);
      waits.push(waitsFor("slack")[0]?.[1]);
      await clock.advance(Number(waits.at(-1)) * SECOND);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
    slack.behave = () => undefined;
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(["firing a"]);
  });

  it("waits as long as the receiver asks, within bounds", async () => {
    queue("slack", "firing a");
    queue("hook", "firing a");
    slack.behave = failing(true, 5 * MINUTE);
    hook.behave = failing(true, 5 * DAY);
    await delivery.deliverDue(never);
    expect([waitsFor("slack"), waitsFor("hook")]).toEqual([[[1, 300]], [[1, 1800]]]);
  });

  it("gives a permanent error up at once and goes on with the next", async () => {
    slack.behave = ({ id }) => (id === "a" ? notifierError(false) : undefined);
    queue("slack", "firing a", "firing b");
    await delivery.deliverDue(never);
    expect(outcomes).toEqual(["slack given-up firing a", "slack delivered firing b"]);
    expect(state.alerts.waitingChannels()).toEqual([]);
  });

  it("gives up after a day of transient errors, but tries at least once", async () => {
    slack.behave = failing(true);
    queue("slack", "firing a");
    await clock.advance(DAY - SECOND);
    await delivery.deliverDue(never);
    await clock.advance(HOUR);
    await delivery.deliverDue(never);
    expect(outcomes).toEqual(["slack failed firing a", "slack given-up firing a"]);
  });

  it("tries an unforeseen error again", async () => {
    slack.behave = () => new TypeError("a defect");
    queue("slack", "firing a");
    await delivery.deliverDue(never);
    expect(outcomes).toEqual(["slack failed firing a"]);
  });

  it("leaves a channel in trouble alone for a while, and does not let one bad message hold back the others", async () => {
    slack.behave = ({ id }) => (id === "bad" ? notifierError(true) : undefined);
    queue("slack", "firing bad", "firing b");
    await delivery.deliverDue(never);
    expect(slack.told).toEqual([]);
    await clock.advance(30 * SECOND);
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(["firing b"]);
  });

  it("survives a restart: what was not accepted is sent, in its time", async () => {
    slack.behave = failing(true);
    queue("slack", "firing a");
    await delivery.deliverDue(never);
    slack.behave = () => undefined;
    delivery = restarted();
    await delivery.deliverDue(never);
    expect(slack.told).toEqual([]);
    await clock.advance(30 * SECOND);
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(["firing a"]);
  });

  it("drops what waits for a channel that is configured no more", async () => {
    queue("hook", "firing a");
    await restarted([slack]).deliverDue(never);
    expect(outcomes).toEqual(["hook removed firing a"]);
    expect(state.alerts.waitingChannels()).toEqual([]);
  });

  it("counts a cancelled attempt as none", async () => {
    const stop = new AbortController();
    slack.behave = () => {
      stop.abort();
      return notifierError(true);
    };
    queue("slack", "firing a", "firing b");
    await delivery.deliverDue(stop.signal);
    expect([waitsFor("slack"), outcomes]).toEqual([
      [
        [0, 0],
        [0, 0],
      ],
      [],
    ]);
  });

  it("does not wait for a future that was only the clock's mistake", async () => {
    clock.jumpTo(clock.now() + 300 * DAY);
    queue("slack", "firing a");
    clock.jumpTo(clock.now() - 300 * DAY);
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(["firing a"]);
  });

  it("does not send again what the state could not be told of", async () => {
    queue("slack", "firing a");
    const broken = vi.spyOn(state.alerts, "delivered").mockImplementation(() => {
      throw new Error("disk full");
    });
    await expect(delivery.deliverDue(never)).rejects.toThrow("disk full");
    broken.mockRestore();
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(["firing a"]);
    expect(state.alerts.waitingChannels()).toEqual([]);
  });
});

describe("what a channel could not be told in time", () => {
  it.each([
    ["an alert that is over is told as over", ["firing a", "repeated a", "resolved a"], ["resolved a"]],
    ["an alert that goes on begins once", ["firing a", "repeated a", "repeated a"], ["firing a"]],
    ["of repetitions the last is told", ["repeated a", "repeated a"], ["repeated a"]],
    [
      "one alert says nothing about another",
      ["firing a", "firing b", "resolved a"],
      ["firing b", "resolved a"],
    ],
    ["a test is told", ["test t", "firing a"], ["test t", "firing a"]],
  ])("%s", async (_name, texts, expected) => {
    queue("slack", ...texts);
    await delivery.deliverDue(never);
    expect(slack.told).toEqual(expected);
    expect(outcomes.filter((text) => text.includes("superseded"))).toHaveLength(
      texts.length - expected.length,
    );
    expect(state.alerts.waitingChannels()).toEqual([]);
  });

  it("a resolved message never overtakes a firing one that is being sent", async () => {
    const first = Promise.withResolvers<void>();
    slack.behave = ({ event }) => (event === "firing" ? first.promise : undefined);
    queue("slack", "firing a");
    const pass = delivery.deliverDue(never);
    queue("slack", "resolved a");
    first.resolve();
    await pass;
    expect(slack.told).toEqual(["firing a", "resolved a"]);
  });
});

describe("a running delivery", () => {
  async function whileRunning(work: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const running = delivery.run(stop.signal);
    await clock.advance(0);
    await work();
    stop.abort();
    await running;
  }

  it("sends what is queued as soon as it is woken", () =>
    whileRunning(async () => {
      queue("slack", "firing a");
      delivery.wake();
      await clock.advance(0);
      expect(slack.told).toEqual(["firing a"]);
    }));

  it("finds by itself within a minute what nobody woke it for", () =>
    whileRunning(async () => {
      queue("slack", "firing a");
      await clock.advance(MINUTE);
      expect(slack.told).toEqual(["firing a"]);
    }));

  it("retries when it is time", () =>
    whileRunning(async () => {
      slack.behave = () => (slack.attempts.length < 4 ? notifierError(true) : undefined);
      queue("slack", "firing a");
      delivery.wake();
      await clock.advance(29 * SECOND);
      expect(slack.attempts).toHaveLength(1);
      await clock.advance(SECOND);
      expect(slack.attempts).toHaveLength(2);
      expect(slack.told).toEqual([]);
      await clock.advance((60 + 120) * SECOND);
      expect(slack.told).toEqual(["firing a"]);
    }));

  it("is not delayed on one channel by another that hangs", () =>
    whileRunning(async () => {
      slack.behave = (_message, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("cancelled"))),
        );
      for (const id of ["a", "b", "c"]) {
        queue("slack", `firing ${id}`);
        queue("hook", `firing ${id}`);
        delivery.wake();
        await clock.advance(0);
      }
      expect([slack.attempts.length, hook.told]).toEqual([1, ["firing a", "firing b", "firing c"]]);
    }));

  it("goes on after the state was in trouble", () =>
    whileRunning(async () => {
      const broken = vi.spyOn(state.alerts, "queued").mockImplementation(() => {
        throw new Error("locked");
      });
      queue("slack", "firing a");
      delivery.wake();
      await clock.advance(0);
      expect(troubles.length).toBeGreaterThan(0);
      broken.mockRestore();
      await clock.advance(MINUTE);
      expect(slack.told).toEqual(["firing a"]);
    }));
});
