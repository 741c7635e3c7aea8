import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { HoldfastError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import { Backoff } from "../remote/backoff.ts";
import { within } from "./within.ts";

const refused = new HoldfastError("store", {
  ...{ what: "Writing", why: "the connection was refused", next: "check `endpoint`", transient: true },
});

function outcomeOf(action: (clock: FakeClock, signal: AbortSignal) => Promise<unknown>) {
  const clock = new FakeClock();
  const limits = { clock, limit: 15 * SECOND, what: "Locking" };
  const told = within(limits, (signal) => action(clock, signal)).catch((error: unknown) => error);
  return { clock, told };
}

it("what is over its limit while it waits to try again says what has failed all the while", async () => {
  const { clock, told } = outcomeOf(async (time, signal) => {
    const backoff = new Backoff({ clock: time, random: () => 1, attempts: 100 });
    for (let attempt = 1; ; attempt++) await backoff.waitOrThrow(refused, attempt, signal);
  });
  await clock.advance(16 * SECOND);
  expect(await told).toMatchObject({
    code: "timeout",
    transient: true,
    message:
      "Locking failed: there was no answer within 15 s, but again and again: the connection was refused; check `endpoint`.",
  });
});

it("what heeds no signal is over at its limit all the same", async () => {
  const { clock, told } = outcomeOf(() => new Promise(() => undefined));
  await clock.advance(16 * SECOND);
  expect(await told).toMatchObject({ message: "Locking failed: there was no answer within 15 s." });
});
