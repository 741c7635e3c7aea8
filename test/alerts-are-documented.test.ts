/** The pages that list the conditions list all of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONDITIONS } from "../src/domain/alerts.ts";

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");

describe("the conditions", () => {
  it("are the rows of the table in docs/alerts.md, and no others", () => {
    const [, section = ""] = /^## Conditions\n(.*?)^## /ms.exec(page("alerts.md")) ?? [];
    const rows = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...CONDITIONS].sort());
  });

  it("are the values of a label in docs/metrics.md, and no others", () => {
    const [, sentence = ""] = /The conditions are (.*?)\.\n/s.exec(page("metrics.md")) ?? [];
    const named = [...sentence.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...CONDITIONS].sort());
  });
});
