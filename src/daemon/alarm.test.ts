import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { Alarm } from "./alarm.ts";

const never = new AbortController().signal;

it("ends a sleep when it is rung, and the next sleep is a whole one", async () => {
  const clock = new FakeClock();
  const alarm = new Alarm(clock);
  const first = alarm.sleep(1000, never);
  alarm.ring();
  await first;
  let over = false;
  const second = alarm.sleep(1000, never).then(() => (over = true));
  await clock.advance(999);
  expect(over).toBe(false);
  await clock.advance(1);
  await second;
});

it("rung while nobody sleeps, cuts the next sleep short", async () => {
  const alarm = new Alarm(new FakeClock());
  alarm.ring();
  await alarm.sleep(1000, never);
});

it("ends with the signal", async () => {
  const stop = new AbortController();
  const sleep = new Alarm(new FakeClock()).sleep(1000, stop.signal);
  stop.abort();
  await sleep;
});
