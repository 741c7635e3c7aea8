import { describe, expect, it } from "vitest";
import { alertMessage } from "../../test/contract/odd-messages.ts";
import { summaryOf } from "./alert-summary.ts";
import type { AlertMessage, Problem } from "./alerts.ts";

const about = (id: string, more: Partial<AlertMessage> = {}, problem: Partial<Problem> = {}) =>
  alertMessage({ id, ...more, problem: { ...alertMessage().problem, title: `title ${id}`, ...problem } });

describe("a summary", () => {
  it("names each, the worst first, what is over last, and gives the next step of the worst", () => {
    const summary = summaryOf([
      about("a", { event: "resolved" }),
      about("b", {}, { severity: "warning", condition: "run-partial" }),
      about("c", { event: "repeated" }),
    ]);
    expect(summary).toMatchObject({ event: "summary", stack: "analytics" });
    expect(summary.problem).toMatchObject({
      severity: "critical",
      title: "2 alerts, 1 over: stack analytics",
      next: "Run `holdfast backup data`.",
    });
    expect(summary.problem.detail.split("\n").slice(0, 3)).toEqual([
      "🔴 title c",
      "🟠 title b",
      "🟢 Over: title a",
    ]);
  });

  it("says what they are where they are alike, and counts what it does not name", () => {
    const summary = summaryOf(Array.from({ length: 100 }, (_, at) => about(String(at))));
    expect(summary.problem.title).toBe("100 alerts: stale");
    expect(summary.problem.detail).toContain("… and 70 more");
  });

  it("tells notes last, each in full, and is one note where there is nothing else", () => {
    const note = about("n", { event: "note" }, { severity: "warning", detail: "app runs again." });
    const mixed = summaryOf([note, about("a"), about("b", { event: "resolved" })]);
    expect(mixed.problem.title).toBe("1 alert, 1 over, 1 note: stack analytics");
    expect(mixed.problem.detail.split("\n").slice(0, 3)).toEqual([
      "🔴 title a",
      "🟢 Over: title b",
      "🔵 app runs again.",
    ]);
    const late = {
      ...note,
      problem: { ...note.problem, title: "late", detail: "db was late.", next: "Look." },
    };
    expect(summaryOf([note, note, late])).toMatchObject({
      event: "note",
      problem: {
        title: "title n; late",
        detail: "app runs again.\napp runs again.\ndb was late.",
        next: "Run `holdfast backup data`. Look.",
      },
    });
  });

  it("of what is over asks for nothing", () => {
    const { problem } = summaryOf([about("a", { event: "resolved" }), about("b", { event: "resolved" })]);
    expect(problem).toMatchObject({ title: "2 over: stale", severity: "warning", next: "" });
  });
});
