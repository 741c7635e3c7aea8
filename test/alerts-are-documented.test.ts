/** The pages that list conditions and events list all of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { notesAsOne, noteOf } from "../src/domain/alert-note.ts";
import { ALERT_EVENTS, CONDITIONS } from "../src/domain/alerts.ts";
import { partsOf } from "../src/notifiers/message-parts.ts";

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");

describe("the conditions", () => {
  it("are the rows of the table in docs/alerts.md, and no others", () => {
    const [, section = ""] = /^## Conditions\n(.*?)^## /ms.exec(page("alerts.md")) ?? [];
    const rows = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...CONDITIONS].sort());
  });

  it("are told in the events that docs/alerts.md names, and no others", () => {
    const [, sentence = ""] = /^`event` is (.*?)\. Of /m.exec(page("alerts.md")) ?? [];
    const named = [...sentence.matchAll(/`([a-z]+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...ALERT_EVENTS].sort());
  });

  it("are the values of a label in docs/metrics.md, and no others", () => {
    const [, sentence = ""] = /The conditions are (.*?)\.\n/s.exec(page("metrics.md")) ?? [];
    const named = [...sentence.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...CONDITIONS].sort());
  });
});

it("a note reads as docs/alerts.md shows it", () => {
  const [, example = ""] = /```text\n(🔵 [^]*?)\n```/.exec(page("alerts.md")) ?? [];
  const [, , ...texts] = example.split("\n").slice(0, 4);
  const notes = texts.flatMap(
    (text) => noteOf({ kind: "cleaned", text }, { id: "1", stack: "s", at: 0 }) ?? [],
  );
  const { headline, body, next } = partsOf(notesAsOne(notes));
  expect(`${headline}\n\n${body}\n\nNext: ${next}`).toBe(example);
});
