import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import type { Stack } from "../daemon/compose.ts";
import { lookBack } from "./look-back.ts";

const clock = new FakeClock("2026-11-20T12:00:00Z");
const stack = { config: { timezone: "Europe/Prague" }, context: { clock } } as unknown as Stack;

it("looks back over all there is, a length of time, or from a time in the stack's zone", () => {
  expect(lookBack({}, stack)).toEqual({ since: 0, limit: 50 });
  expect(lookBack({ since: "1d12h", limit: "3" }, stack)).toEqual({
    since: Date.parse("2026-11-19T00:00:00Z"),
    limit: 3,
  });
  expect(lookBack({ since: "2026-11-20 08:00" }, stack).since).toBe(Date.parse("2026-11-20T07:00:00Z"));
});

it.each([{ limit: "0" }, { limit: "many" }, { limit: "1000000" }, { since: "yesterday" }])(
  "refuses %o",
  (options) => {
    expect(() => lookBack(options, stack)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  },
);
