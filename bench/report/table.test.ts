import { expect, test } from "vitest";
import type { Measure } from "../measure.ts";
import { tableOf } from "./table.ts";

const took = (...seconds: number[]): Measure[] =>
  seconds.map((each) => ({ seconds: each, cpuSeconds: each * 2, peakBytes: each * 1e8, writtenBytes: 0 }));

const cellsOf = (table: string, tool: string): string[] =>
  (table.split("\n").find((line) => line.startsWith(`| ${tool} `)) ?? "")
    .split("|")
    .map((cell) => cell.trim());

test("a row has the best time, the median, and our best as a ratio to it", () => {
  const table = tableOf({
    title: "",
    figures: [
      { tool: "holdfast", measures: took(3, 2, 9), storedBytes: 123e6 },
      { tool: "restic", measures: took(4, 5), goal: 0.8 },
    ],
  });

  expect(cellsOf(table, "holdfast")).toEqual(
    expect.arrayContaining(["2.00 s", "3.00 s", "123 MB", "900 MB"]),
  );
  expect(cellsOf(table, "restic")).toEqual(
    expect.arrayContaining(["4.00 s", "4.50 s", "0.50", "≤ 0.8 reached"]),
  );
});

test("a goal that was not reached is said so", () => {
  const figures = [
    { tool: "holdfast", measures: took(3) },
    { tool: "borg", measures: took(2), goal: 0.6 },
  ];
  const table = tableOf({ title: "", figures, goals: [{ text: "below 500 ms", reached: false }] });

  expect(cellsOf(table, "borg")).toContain("≤ 0.6 MISSED");
  expect(table).toContain("- below 500 ms: MISSED");
});
