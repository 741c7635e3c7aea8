/** Points for tests of retention, written as a person would: `"2026-11-20 03:00"` in UTC is its start and its id. */
import { planRetention } from "../../src/domain/plan-retention.ts";
import type { RetentionPlan, RetentionPoint, RetentionPolicy } from "../../src/domain/retention.ts";

export function instant(text: string): number {
  const [day, time = "00:00"] = text.split(" ");
  return Date.parse(`${day}T${time}Z`);
}

export function point(text: string, traits: Partial<RetentionPoint> = {}): RetentionPoint {
  const plain = { verified: true, pinned: false, needs: [], inUse: false };
  return { id: text, startedAt: instant(text), ...plain, ...traits };
}

export interface Case {
  points: readonly (string | RetentionPoint)[];
  policy: RetentionPolicy;
  timezone?: string;
  now?: string;
}

export function plan({ points, policy, timezone = "UTC", now = "2030-01-01" }: Case): RetentionPlan {
  const all = points.map((one) => (typeof one === "string" ? point(one) : one));
  return planRetention({ points: all, policy, timezone, now: instant(now) });
}

/** Ids kept, newest first. */
export function kept(what: Case): string[] {
  return idsOf(plan(what), "keep");
}

export function idsOf(made: RetentionPlan, action: "keep" | "remove"): string[] {
  return made.decisions.filter((decision) => decision.action === action).map(({ id }) => id);
}

/** For each point, newest first: `keep 2026-11-20: newest, last 1 (1 of 1)`. */
export function spelledOut(what: Case): string[] {
  return plan(what).decisions.map(({ action, id, reasons }) => `${action} ${id}: ${reasons.join(", ")}`);
}

export function within(part: Partial<Record<"years" | "months" | "days" | "milliseconds", number>>) {
  return { years: 0, months: 0, days: 0, milliseconds: 0, ...part };
}
