/** A sample of what `npm run torture -- --sqlite 500` does. */
import { expect, it } from "vitest";

import { tortureSqlite } from "./torture-sqlite.ts";

it("captures SQLite databases that are written to all the time, in every journal mode, also through a read-only mount", async () => {
  const lines: string[] = [];
  await tortureSqlite(9, Math.floor(Math.random() * 2 ** 31), (line) => lines.push(line));
  console.info(lines.join("\n"));
  expect(lines.at(-1)).toBe("9 captures were right, or failed with a reason");
}, 300_000);
