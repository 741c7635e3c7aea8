import { expect, it } from "vitest";

import { isStagingName, keptName } from "./staging-name.ts";

it("of kept content says when it was moved aside, and is never captured, swept or moved", () => {
  const name = keptName(Date.UTC(2026, 10, 21, 3, 4, 5, 678));
  expect(name).toMatch(/^\.holdfast-old-20261121T030405Z-[0-9a-f]{4}$/);
  expect([name, `${name}.meanwhile`].map(isStagingName)).toEqual([true, true]);
});

it("is nothing that somebody else would choose", () => {
  const others = [".holdfast", ".holdfast-old", ".holdfast-old-copy", "x.holdfast-old-20261121T030405Z-0a1b"];
  expect(others.filter(isStagingName)).toEqual([]);
});
