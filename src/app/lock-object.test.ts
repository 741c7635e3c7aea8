import { expect, it } from "vitest";
import { encodeLock, parseLock } from "./lock-object.ts";
import type { LockContent } from "./lock-object.ts";

const lock: LockContent = {
  format: 1,
  holder: { host: "h", bootId: "b", pidNamespace: "n", container: "c", pid: 7, startTime: "8" },
  operation: "backup of job data",
  mode: "write",
  using: ["20261120T030000Z-7f3a"],
  removing: [],
  acquiredAt: "2026-11-20T03:00:00.000Z",
  renewedAt: "2026-11-20T03:00:15.000Z",
  beat: 1,
};

it("reads the lock that was written", () => {
  expect(parseLock(Buffer.from(encodeLock(lock)).toString())).toEqual(lock);
});

it("reads the lock of an earlier version, which did not say which container its holder runs in", () => {
  const { container: _, ...holder } = lock.holder;
  expect(parseLock(JSON.stringify({ ...lock, holder }))?.holder).toEqual({ ...holder, container: "" });
});
