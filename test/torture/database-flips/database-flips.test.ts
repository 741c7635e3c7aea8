/** A sample of what `npm run torture -- --database-flips 500` does. */
import { expect, it } from "vitest";

import { tortureDatabaseFlips } from "./torture-database-flips.ts";

it("finds every flipped bit in headers, metadata, data, indexes and log of a captured database, and outlives swapped blocks", async () => {
  const lines: string[] = [];
  await tortureDatabaseFlips(25, Math.floor(Math.random() * 2 ** 31), (line) => lines.push(line));
  console.info(lines[0]);
  expect(lines.at(-1)).toMatch(/^25 of 25 flips were found/);
}, 300_000);
