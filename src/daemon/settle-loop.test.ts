import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { SECOND } from "../domain/instant.ts";
import type { Intervention } from "../ports/intervention-journal.ts";
import { settleServices } from "./settle-loop.ts";

const OPEN = { id: "1", job: "data" } as Intervention;

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
