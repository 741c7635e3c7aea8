import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import type { Intervention } from "../ports/intervention-journal.ts";
import { settleServices } from "./settle-loop.ts";

const OPEN = { id: "1", job: "data", held: [] as const } as unknown as Intervention;

it("tells every few seconds what is held now, and of each other trouble once", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const told: unknown[] = [];
  let open: Intervention | undefined = OPEN;
  let failure: Error | undefined;
  const settling = settleServices(
    {
      clock,
      services: {
        settle: async () => (failure === undefined ? undefined : Promise.reject(failure)),
        open: async () => open,
      },
      onEvent: ({ text }) => told.push(text),
      onLooked: (seen) => told.push(seen),
      onTrouble: ({ message }) => told.push(message),
    },
    stop.signal,
  );
  await clock.advance(5 * SECOND);
  open = undefined;
  await clock.advance(5 * SECOND);
  failure = new Error("no engine");
  await clock.advance(10 * SECOND);
  failure = undefined;
  await clock.advance(5 * SECOND);
  stop.abort();
  await settling;
  expect(told).toEqual([OPEN, OPEN, undefined, "no engine", undefined]);
});

describe("services that are held for longer than they may be", () => {
  const at = Date.parse("2026-11-20T12:00:00Z");
  const held = [{ name: "stack-db-1" }, { name: "stack-web-1" }];
  const one = {
    id: "1",
    job: "data",
    startedAt: at,
    deadline: at + 10 * MINUTE,
    held,
  } as unknown as Intervention;

  /** What is told while it is open for so long, and then is not. */
  async function toldAfter(duration: number, settles = false): Promise<StackEvent[]> {
    const clock = new FakeClock("2026-11-20T12:00:00Z");
    const stop = new AbortController();
    const events: StackEvent[] = [];
    let open: Intervention | undefined = one;
    let settled: Intervention | undefined = undefined;
    const settling = settleServices(
      {
        clock,
        services: { settle: async () => settled, open: async () => open },
        onEvent: (event) => events.push(event),
        onLooked: () => undefined,
        onTrouble: () => undefined,
      },
      stop.signal,
    );
    await clock.advance(duration);
    [open, settled] = [undefined, settles ? one : undefined];
    await clock.advance(MINUTE);
    stop.abort();
    await settling;
    return events;
  }

  it("are told of once they run again, by whichever process they were held", async () => {
    expect(await toldAfter(2 * HOUR)).toEqual([
      {
        kind: "late",
        job: "data",
        text: "Job data held stack-db-1, stack-web-1 for 2 h; 10 min is the most that it may. They run again.",
      },
    ]);
  });

  it("are not when they were let go in time, nor twice when what a killed run had begun was ended", async () => {
    expect(await toldAfter(9 * MINUTE)).toEqual([]);
    expect(await toldAfter(2 * HOUR, true)).toEqual([]);
  });
});
