import type { BigIntStats } from "node:fs";

import { describe, expect, it } from "vitest";

import type { ContentEntry } from "../../../archive/index-entry.ts";
import { formatTimestamp } from "../../../archive/timestamp.ts";
import { isUnchanged, mayBeUnchanged } from "./unchanged.ts";

const SECOND = 1_000_000_000n;
const WRITTEN = 1_763_000_000n * SECOND + 123_456_789n;
const TIMES = { scanned: WRITTEN + 100n * SECOND, now: WRITTEN + 200n * SECOND };

const ENTRY: ContentEntry = {
  path: "a",
  type: "file",
  size: 10,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: formatTimestamp(WRITTEN),
  ctime: formatTimestamp(WRITTEN),
  inode: "18446744073709551615",
  sha256: "0".repeat(64),
  data: { offset: 512 },
};

function statsOf(change: Partial<BigIntStats> = {}): BigIntStats {
  const stats = { size: 10n, mtimeNs: WRITTEN, ctimeNs: WRITTEN, ino: 18446744073709551615n, dev: 7n };
  return { ...stats, ...change } as BigIntStats;
}

describe("a file", () => {
  it("is unchanged when all that is looked at is the same, whatever the device", () => {
    expect(isUnchanged(ENTRY, statsOf(), TIMES)).toBe(true);
    expect(isUnchanged(ENTRY, statsOf({ dev: 8n }), TIMES)).toBe(true);
  });

  it.each<[string, Partial<BigIntStats>]>([
    ["size", { size: 11n }],
    ["mtime", { mtimeNs: WRITTEN + 1n }],
    ["ctime", { ctimeNs: WRITTEN + 1n }],
    ["inode", { ino: 18446744073709551614n }],
  ])("is not when its %s is another", (_, change) => {
    expect(isUnchanged(ENTRY, statsOf(change), TIMES)).toBe(false);
  });

  it("is not known to be when it was last written at about the time of the scan", () => {
    expect(isUnchanged(ENTRY, statsOf(), { ...TIMES, scanned: WRITTEN + 2n * SECOND })).toBe(false);
    expect(isUnchanged(ENTRY, statsOf(), { ...TIMES, scanned: WRITTEN + 2n * SECOND + 1n })).toBe(true);
  });

  it("is not known to be when its times are in the future", () => {
    expect(isUnchanged(ENTRY, statsOf(), { ...TIMES, now: WRITTEN })).toBe(false);
    const future = { ...ENTRY, mtime: formatTimestamp(TIMES.now) };
    expect(isUnchanged(future, statsOf({ mtimeNs: TIMES.now }), TIMES)).toBe(false);
  });

  it("is not known to be when it changed while it was read", () => {
    const changed: ContentEntry = { ...ENTRY, data: { offset: 512, changed: "grew" } };
    expect(isUnchanged(changed, statsOf(), TIMES)).toBe(false);
    expect(mayBeUnchanged(changed, statsOf())).toBe(false);
  });
});

describe("a file that is not known to be unchanged", () => {
  const MIB = 1024 * 1024;

  it("is worth comparing when it has the size, and its mtime or not too many bytes", () => {
    expect(mayBeUnchanged(ENTRY, statsOf({ ctimeNs: WRITTEN + 1n }))).toBe(true);
    expect(mayBeUnchanged(ENTRY, statsOf({ mtimeNs: 1n }))).toBe(true);
    const large = { ...ENTRY, size: MIB + 1 };
    expect(mayBeUnchanged(large, statsOf({ size: BigInt(MIB + 1), ino: 1n }))).toBe(true);
    expect(mayBeUnchanged(large, statsOf({ size: BigInt(MIB + 1), mtimeNs: 1n }))).toBe(false);
  });

  it("is not when its size is another", () => {
    expect(mayBeUnchanged(ENTRY, statsOf({ size: 9n }))).toBe(false);
  });
});
