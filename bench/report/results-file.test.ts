import { expect, test } from "vitest";
import { withSections } from "./results-file.ts";
import type { Section } from "./section.ts";

const section = (title: string, seconds: number): Section => ({
  title,
  figures: [{ tool: "holdfast", measures: [{ seconds, cpuSeconds: 1, peakBytes: 1e6, writtenBytes: 0 }] }],
});

test("a run replaces the sections it measured and leaves the others as they are", () => {
  const first = withSections("", [section("First full", 7), section("One file", 3)], ["on Monday"]);
  const second = withSections(first, [section("First full", 5)], ["on Tuesday"]);

  expect(second).toContain("5.00 s");
  expect(second).not.toContain("7.00 s");
  expect(second).toContain(first.slice(first.indexOf("## One file")));
  expect(second.match(/on Tuesday/g)).toHaveLength(1);
});

test("writing what is there already changes nothing", () => {
  const sections = [section("First full", 7), section("One file", 3)];
  const text = withSections("", sections, ["on Monday"]);

  expect(withSections(text, sections, ["on Monday"])).toBe(text);
});
