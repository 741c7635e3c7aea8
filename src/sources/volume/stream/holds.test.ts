import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeMachine } from "../../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";
import { HoldfastError } from "../../../domain/errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { FreezerOf, Hold } from "../../../ports/source.ts";
import { HoldAsker } from "./ask-for-holds.ts";
import type { HoldMessage } from "./frames.ts";
import { HoldDesk } from "./hold-desk.ts";

/** Its time passes in sleeps only, of which each lets everything else go on. */
class PassingClock implements Clock {
  readonly #step: number;
  #elapsed = 0;

  constructor(step = 1) {
    this.#step = step;
  }

  now = () => this.#elapsed;
  monotonic = () => this.#elapsed;

  async sleep(_duration: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    this.#elapsed += this.#step;
  }
}

let isHeld: boolean;
let scratch: string;
let limit: AbortController;
let sent: HoldMessage[];

beforeEach(() => {
  isHeld = false;
  scratch = temporaryDirectory();
  limit = new AbortController();
  sent = [];
});

const hold: Hold = async (work) => {
  isHeld = true;
  try {
    return { value: await work(limit.signal), heldMs: 7 };
  } finally {
    await turn();
    isHeld = false;
  }
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(look: () => boolean): Promise<void> {
  for (let turns = 0; !look(); turns += 1) {
    if (turns > 10_000) throw new Error("it does not come about");
    await turn();
  }
}

function openDesk(of: { hold?: Hold; freezerOf?: FreezerOf } = { hold }): Promise<HoldDesk> {
  const { signal } = new AbortController();
  const processes = new FakeMachine().startProcess();
  return HoldDesk.open({ volume: "app_data", scratch, processes, request: { ...of, signal } });
}

interface AskerOptions {
  clock?: Clock;
  signal?: AbortSignal;
  isDead?: boolean;
}

/** Whoever is dead takes no message. */
function askerAt(
  desk: HoldDesk,
  { clock = new PassingClock(), signal = new AbortController().signal, isDead = false }: AskerOptions = {},
): HoldAsker {
  const send = async (message: HoldMessage) => {
    sent.push(message);
    if (!isDead) desk.take(message);
  };
  const stream = { send: (message: unknown) => send(message as HoldMessage) };
  return new HoldAsker({ stream, directory: desk.directory, clock, signal });
}

const tooLong = new HoldfastError("timeout", { what: "Holding", why: "it took too long", transient: true });

describe("services that are held for a capture in another container", () => {
  it("are held as long as its work lasts, each time that it asks", async () => {
    const desk = await openDesk();
    const asker = askerAt(desk);
    for (const value of [1, 2]) {
      const held = await asker.hold(async () => {
        expect(isHeld).toBe(true);
        return value;
      });
      expect(held).toEqual({ value, heldMs: 7 });
      expect(isHeld).toBe(false);
    }
    await desk.close();
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("are those that write to the volume, by its name, where the job names none", async () => {
    const asked: unknown[] = [];
    const desk = await openDesk({
      freezerOf: async (place) => {
        asked.push(place);
        return { freeze: hold };
      },
    });
    const freezer = await askerAt(desk).findFreezer();
    const held = "freeze" in freezer ? await freezer.freeze(async () => isHeld) : undefined;
    expect(held).toEqual({ value: true, heldMs: 7 });
    expect(asked).toEqual([{ volume: "app_data" }]);
    await desk.close();
  });

  it("are none where nobody can be found, for a reason that it is told", async () => {
    const desk = await openDesk({ freezerOf: async () => ({ because: "nobody writes to it" }) });
    expect(await askerAt(desk).findFreezer()).toEqual({ because: "nobody writes to it" });
    await desk.close();
  });

  it("that cannot be held fail the capture in the very words, and its work never begins", async () => {
    const why = "there is no service appp";
    const failing = new HoldfastError("source", { what: "Holding services", why, next: "name another" });
    const desk = await openDesk({ hold: () => Promise.reject(failing) });
    const held = askerAt(desk).hold(async () => expect.unreachable());
    await expect(held).rejects.toMatchObject({ code: "source", message: failing.message });
    await desk.close();
  });

  it("run again when the work fails, which is what fails the capture", async () => {
    const desk = await openDesk();
    const held = askerAt(desk).hold(() => Promise.reject(new Error("torn")));
    await expect(held).rejects.toThrow("torn");
    await until(() => !isHeld);
    await desk.close();
  });

  it.each(["heeds", "does not heed"])("for too long end the work, which %s that", async (heeds) => {
    const desk = await openDesk();
    const held = askerAt(desk).hold(async (signal) => {
      limit.abort(tooLong);
      await until(() => signal.aborted);
      if (heeds === "heeds") signal.throwIfAborted();
    });
    await expect(held).rejects.toMatchObject({ code: "timeout", transient: true });
    expect(isHeld).toBe(false);
    await desk.close();
  });

  it("for too long fail also a work that has ended before it could know", async () => {
    const desk = await openDesk();
    const held = askerAt(desk).hold(async () => limit.abort(tooLong));
    await expect(held).rejects.toMatchObject({ code: "timeout" });
    await desk.close();
  });

  it("run again once its stream has ended, whatever it was doing", async () => {
    const desk = await openDesk();
    const stopped = new AbortController();
    const signal = stopped.signal;
    const held = askerAt(desk, { signal }).hold((stop) => new Promise(() => void stop));
    held.catch(() => undefined);
    await until(() => isHeld && readdirSync(desk.directory).length > 0);
    await desk.close();
    expect(isHeld).toBe(false);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("only after its stream has ended run again at once", async () => {
    const granted = Promise.withResolvers<undefined>();
    const desk = await openDesk({
      hold: async (work) => {
        await granted.promise;
        return hold(work);
      },
    });
    desk.take({ type: "hold", id: 1, by: "job" });
    const closed = desk.close();
    granted.resolve(undefined);
    await closed;
    expect(isHeld).toBe(false);
  });

  it("that are only about to be held when its stream ends are not held, which is no failure of its own", async () => {
    const cancelled = new HoldfastError("cancelled", { what: "Pausing app", why: "it was told to stop" });
    const desk = await openDesk({
      freezerOf: async (_place, signal) => ({
        freeze: () =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(cancelled))),
      }),
    });
    desk.take({ type: "hold", id: 1, by: "freezer" });
    await turn();
    await desk.close();
    expect(isHeld).toBe(false);
  });

  it("that cannot be let go after its stream has ended fail the run", async () => {
    const desk = await openDesk({
      hold: async (work) => {
        await work(limit.signal).catch(() => undefined);
        throw new Error("app does not run again");
      },
    });
    desk.take({ type: "hold", id: 1, by: "job" });
    await until(() => readdirSync(desk.directory).length > 0);
    await expect(desk.close()).rejects.toThrow("app does not run again");
  });

  it("run again where it cannot be told that they are held, and nobody waits for that", async () => {
    const desk = await openDesk();
    rmSync(desk.directory, { recursive: true });
    desk.take({ type: "hold", id: 1, by: "job" });
    await until(() => desk.broken.aborted);
    expect(isHeld).toBe(false);
    expect((desk.broken.reason as Error).message).toMatch(/check that the file system of `scratch`/);
    await desk.close();
  });

  it("are let go when it is cancelled while it waits for them", async () => {
    const desk = await openDesk({ hold: () => new Promise(() => undefined) });
    const cancelled = new AbortController();
    const held = askerAt(desk, { signal: cancelled.signal }).hold(async () => expect.unreachable());
    await until(() => sent.length > 0);
    cancelled.abort(new Error("stop"));
    await expect(held).rejects.toThrow("stop");
    expect(sent.map(({ type }) => type)).toEqual(["hold", "let-go"]);
  });
});

describe("a container that captures", () => {
  it("does not wait forever for a Holdfast that is gone", async () => {
    const desk = await openDesk();
    const asker = askerAt(desk, { isDead: true, clock: new PassingClock(60_000) });
    await expect(asker.hold(async () => expect.unreachable())).rejects.toThrow("does not answer");
    await expect(asker.findFreezer()).rejects.toThrow("does not answer");
  });

  it("waits no longer once the next start of Holdfast has removed what the killed one left", async () => {
    const desk = await openDesk();
    const clock = new PassingClock(100);
    const work = askerAt(desk, { clock, isDead: true }).hold(async () => undefined);
    await until(() => sent.length > 0);
    rmSync(desk.directory, { recursive: true });
    await expect(work).rejects.toThrow("does not answer");
    expect(clock.monotonic()).toBeLessThan(60_000);
  });

  it("that has another directory says so instead of waiting", async () => {
    const desk = await openDesk();
    rmSync(desk.directory, { recursive: true });
    const asker = askerAt(desk);
    await expect(asker.hold(async () => expect.unreachable())).rejects.toThrow(
      "put `scratch` on a volume of the Holdfast service",
    );
    expect(sent).toEqual([]);
  });

  it("takes no half answer for one", async () => {
    const desk = await openDesk();
    mkdirSync(join(desk.directory, "1-ended.new"));
    const asker = askerAt(desk, { isDead: true, clock: new PassingClock(3_600_000) });
    await expect(asker.findFreezer()).rejects.toThrow("does not answer");
  });
});
