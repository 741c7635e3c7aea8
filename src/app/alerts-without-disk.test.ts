/** Alerts from the look to the receiver, over a state directory whose disk is full for a while. */
import { describe, expect, it } from "vitest";
import { FailingState } from "../../test/fakes/failing-state.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { RecordingNotifier } from "../../test/fakes/recording-notifier.ts";
import { jobStatus, jobStoreStatus, stackStatus } from "../../test/fakes/status-fixture.ts";
import { HOUR, MINUTE } from "../domain/instant.ts";
import { withMemory } from "../state/with-memory.ts";
import { AlertDelivery } from "./alert-delivery.ts";
import { evaluateAlerts } from "./alerting.ts";

const signal = new AbortController().signal;
const fresh = [jobStatus()];
const stale = [jobStatus({ stores: [jobStoreStatus({ freshness: "stale" })] })];

function setUp() {
  const clock = new FakeClock("2026-11-20T12:00:00Z");
  const inner = new FailingState();
  const state = withMemory(inner, { onEvent: () => undefined });
  const notifier = new RecordingNotifier("hook");
  let ids = 0;
  const delivery = new AlertDelivery({
    stack: "s",
    timezone: "UTC",
    notes: state.notes,
    ...{ clock, state: state.alerts, notifiers: [notifier], random: () => 0.5 },
    onOutcome: () => undefined,
    onTrouble: () => undefined,
  });
  /** What the alert loop and the delivery do, once. */
  const look = async (jobs: typeof stale) => {
    state.recover();
    evaluateAlerts({
      state: state.alerts,
      status: stackStatus({ jobs, at: clock.now(), stateError: state.trouble() }),
      channels: [{ name: "hook", takes: () => true }],
      repeatEvery: 6 * HOUR,
      newId: () => `alert-${++ids}`,
    });
    await delivery.deliverDue(signal);
    await clock.advance(MINUTE);
  };
  const told = () => notifier.accepted.map(({ event, problem }) => `${event} ${problem.condition}`);
  return { clock, inner, state, notifier, look, told };
}

describe("a full state disk", () => {
  it("mutes no alert: each is told once, the disk's own too, and resolved when they are over", async () => {
    const { inner, look, told } = setUp();
    inner.full = true;
    for (let round = 0; round < 4; round++) await look(stale);
    expect(told()).toEqual(["firing stale", "firing state-unwritable"]);
    inner.full = false;
    for (let round = 0; round < 4; round++) await look(stale);
    expect(told().slice(2)).toEqual(["resolved state-unwritable"]);
    for (let round = 0; round < 4; round++) await look(fresh);
    expect(told().slice(3)).toEqual(["resolved stale"]);
    expect(inner.disk.alerts.waitingChannels()).toEqual([]);
  });

  it("repeats and resolves alerts that began before it, from memory", async () => {
    const { clock, inner, look, told } = setUp();
    await look(stale);
    inner.full = true;
    await clock.advance(7 * HOUR);
    await look(stale);
    await look(stale);
    await look(fresh);
    await look(fresh);
    expect(told().filter((text) => text.endsWith(" stale"))).toEqual([
      "firing stale",
      "repeated stale",
      "resolved stale",
    ]);
  });

  it("keeps what a dead channel was not told, and writes it when it can", async () => {
    const { inner, notifier, look, told } = setUp();
    inner.full = true;
    notifier.behave = () => new Error("down");
    await look(stale);
    inner.full = false;
    await look(stale);
    expect(inner.disk.alerts.queued("hook").map(({ message }) => message.problem.condition)).toContain(
      "stale",
    );
    notifier.behave = () => undefined;
    for (let round = 0; round < 40; round++) await look(stale);
    expect(told().filter((text) => text.endsWith(" stale"))).toEqual(["firing stale"]);
  });
});
