import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { RecordingNotifier } from "../../test/fakes/recording-notifier.ts";
import type { ActiveAlert } from "../domain/alerts.ts";
import { MINUTE } from "../domain/instant.ts";
import { refreshChannel } from "./refresh-channel.ts";

const problem = { condition: "stale", severity: "critical", title: "t", detail: "d", next: "n" } as const;
const alert: ActiveAlert = { id: "a", key: "stale||", problem, since: 1, lastNotifiedAt: 1 };

describe("a channel that forgets", () => {
  it("is told each minute what goes on, also after a failure, and nothing when nothing does", async () => {
    const clock = new FakeClock();
    const told: string[][] = [];
    const troubles: unknown[] = [];
    let active: ActiveAlert[] = [];
    let fails = false;
    const notifier = Object.assign(new RecordingNotifier("am"), {
      refresh: async (firing: readonly { id: string }[]) => {
        if (fails) throw new Error("away");
        told.push(firing.map(({ id }) => id));
      },
    });
    const stop = new AbortController();
    const onTrouble = (error: unknown) => void troubles.push(error);
    const running = refreshChannel(
      { notifier, stack: "s", clock, active: () => active, onTrouble },
      stop.signal,
    );
    await clock.advance(3 * MINUTE);
    expect(told).toEqual([]);
    active = [alert];
    await clock.advance(MINUTE);
    fails = true;
    await clock.advance(MINUTE);
    fails = false;
    await clock.advance(MINUTE);
    expect([told, troubles.length]).toEqual([[["a"], ["a"]], 1]);
    stop.abort();
    await running;
  });
});
