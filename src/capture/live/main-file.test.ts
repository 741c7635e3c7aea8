import { expect, it } from "vitest";

import { unsettledFor } from "./main-file.ts";

const NOW = Date.parse("2026-11-20T03:00:00.500Z");
const NS_A_MS = 1_000_000n;

it("is settled 50 ms after the last write", () => {
  expect(unsettledFor(changed(0.3), NOW)).toBe(50);
  expect(unsettledFor(changed(20.3), NOW)).toBe(30);
  expect(unsettledFor(changed(50.3), NOW)).toBeLessThanOrEqual(0);
});

it("goes by the time that nobody can set", () => {
  const { ctimeNs } = changed(20.3);
  expect(unsettledFor({ ctimeNs, mtimeNs: 1n }, NOW)).toBe(30);
});

it("is settled more than a second after the last write where times are whole seconds", () => {
  expect(unsettledFor(changed(500), NOW)).toBe(550);
  expect(unsettledFor(changed(1500), NOW)).toBeLessThanOrEqual(0);
});

it("is not settled when its time is a little ahead of the clock, but when it is of another age", () => {
  expect(unsettledFor(changed(-20.3), NOW)).toBeGreaterThan(0);
  expect(unsettledFor(changed(-3_600_000.3), NOW)).toBe(0);
});

/** So many milliseconds ago. */
function changed(ago: number): { mtimeNs: bigint; ctimeNs: bigint } {
  const at = BigInt(NOW) * NS_A_MS - BigInt(Math.round(ago * 1e6));
  return { mtimeNs: at, ctimeNs: at };
}
