/** The example of docs/retention.md is what happens. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plan } from "../../test/fakes/retention-points.ts";
import { DAY, toIso } from "./instant.ts";

const DOCS = readFileSync(new URL("../../docs/retention.md", import.meta.url), "utf8").replace(/\s+/g, " ");
const NIGHTS = Array.from({ length: 17 }, (_, night) =>
  toIso(Date.UTC(2026, 10, 4) + night * DAY).slice(0, 10),
);
const POLICY = { last: 2, daily: 4, weekly: 3, monthly: 2 };

it("the documented example names every point that stays, with its reasons, and one that goes", () => {
  expect(DOCS).toContain("retention: { last: 2, daily: 4, weekly: 3, monthly: 2 }");
  const { decisions } = plan({ points: NIGHTS, policy: POLICY });
  const rows = decisions
    .filter(({ action }) => action === "keep")
    .map(({ id, reasons }) => `| ${id} | ${reasons.join(", ")} |`);
  expect(DOCS).toContain(rows.join(" "));
  const gone = decisions.find(({ id }) => id === "2026-11-16");
  expect(gone?.action).toBe("remove");
  expect(DOCS).toContain(`Of 2026-11-16, for instance, the plan says: ${gone?.reasons.join(", ")}.`);
  expect([rows.length, decisions.length - rows.length]).toEqual([7, 10]);
});

it("the oldest goes once two months have points", () => {
  const { decisions } = plan({ points: [...NIGHTS, "2026-11-30", "2026-12-01"], policy: POLICY });
  expect(decisions.find(({ id }) => id === "2026-11-04")?.action).toBe("remove");
});
