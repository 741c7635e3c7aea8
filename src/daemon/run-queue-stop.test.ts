import { describe, expect, it } from "vitest";
import { workshop } from "../../test/fakes/run-workshop.ts";
import { HoldfastError } from "../domain/errors.ts";
import { HOUR, SECOND } from "../domain/instant.ts";

describe("stopping the queue", () => {
  it("cancels what runs, refuses what waits and what comes, and drains", async () => {
    const { queue, stop, ask, log, clock } = workshop();
    const [running, waiting] = [ask("a"), ask("b")];
    await clock.advance(0);
    stop.abort();
    const late = ask("c");
    await queue.drain();
    for (const outcome of [running, waiting, late]) {
      await expect(outcome).rejects.toMatchObject({ code: "cancelled" });
    }
    expect(log).toEqual(["a starts"]);
    expect([queue.isRunning("a"), queue.isWaiting("b")]).toEqual([false, false]);
    expect(clock.sleeping).toBe(0);
  });

  it("waits, in draining, for a run that cleans up", async () => {
    const { queue, stop, ask, clock, log } = workshop();
    void ask("a", {
      work: async (signal) => {
        await clock.sleep(HOUR, { signal }).catch(() => undefined);
        await clock.sleep(5 * SECOND);
        log.push("cleaned up");
        throw signal.reason;
      },
    });
    await clock.advance(SECOND);
    stop.abort();
    const drained = queue.drain().then(() => log.push("drained"));
    await clock.advance(4 * SECOND);
    expect(log).toEqual([]);
    await clock.advance(SECOND);
    await drained;
    expect(log).toEqual(["cleaned up", "drained"]);
  });

  it("gives the reason of the stop, where that is one of ours", async () => {
    const { stop, ask, clock } = workshop();
    const outcome = ask("a");
    await clock.advance(0);
    const reason = new HoldfastError("cancelled", { what: "Running", why: "SIGTERM was received" });
    stop.abort(reason);
    await expect(outcome).rejects.toBe(reason);
  });

  it("of an idle one drains at once", async () => {
    await workshop().queue.drain();
  });
});
