import { describe, expect, it, vi } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import { HOUR } from "../domain/instant.ts";
import type { AlertState } from "../ports/state.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { evaluateAlerts } from "./alerting.ts";
import type { StackStatus } from "./read-status.ts";

const healthy = stackStatus();
const stale = stackStatus({ jobs: [jobStatus({ stores: [jobStoreStatus({ freshness: "stale" })] })] });

function watch(channels = ["slack", "hook"], state: AlertState = openMemoryState().alerts) {
  let ids = 0;
  const look = (status: StackStatus, hour = 0) =>
    evaluateAlerts({
      state,
      status: { ...status, at: STATUS_AT + hour * HOUR },
      channels: channels.map((name) => ({ name, takes: () => true })),
      repeatEvery: 6 * HOUR,
      newId: () => `alert-${++ids}`,
    });
  const queued = (channel: string) =>
    state.queued(channel).map(({ message }) => `${message.event} ${message.id}`);
  return { state, look, queued };
}

describe("a look at the status", () => {
  it("queues what is new for every channel, due at once", () => {
    const { state, look, queued } = watch();
    look(stale);
    expect([queued("slack"), queued("hook")]).toEqual([["firing alert-1"], ["firing alert-1"]]);
    expect(state.queued("slack")[0]).toMatchObject({ notBefore: STATUS_AT, message: { stack: "analytics" } });
    expect(state.active()).toMatchObject([{ id: "alert-1", key: "stale|data|local", since: STATUS_AT }]);
  });

  it("tells a stale job once, repeats it on time and resolves it once", () => {
    const { look, queued, state } = watch();
    for (const hour of [0, 1, 6, 7]) look(stale, hour);
    for (const hour of [8, 9]) look(healthy, hour);
    expect(queued("slack")).toEqual(["firing alert-1", "repeated alert-1", "resolved alert-1"]);
    expect(state.active()).toEqual([]);
  });

  it("keeps the alert of a store that has become unreachable, though the status read before does not know of it", () => {
    const { look, queued } = watch();
    look(stale);
    const unseen = stackStatus({ ...stale, stores: [storeStatus({ up: false, error: "gone" })], alerts: [] });
    look(unseen, 1);
    expect(queued("slack")).toEqual(["firing alert-1", "firing alert-2"]);
  });

  it("knows alerts without any channel", () => {
    const { look, state } = watch([]);
    expect(look(stale).messages).toHaveLength(1);
    expect([state.active().length, state.waitingChannels()]).toEqual([1, []]);
  });

  it("writes nothing when nothing has changed", () => {
    const { look, state } = watch();
    look(stale);
    const commit = vi.spyOn(state, "commit");
    look(stale, 1);
    expect(commit).not.toHaveBeenCalled();
  });

  it("that could not be written is told by the next one", () => {
    const { look, state, queued } = watch();
    const broken = vi.spyOn(state, "commit").mockImplementation(() => {
      throw new Error("disk full");
    });
    expect(() => look(stale)).toThrow("disk full");
    broken.mockRestore();
    look(stale, 1);
    expect(queued("slack")).toEqual(["firing alert-2"]);
  });
});
