/** The answer to "is everything all right?" in one line. */
import type { StackStatus } from "../../app/read-status.ts";
import type { Freshness } from "../../domain/freshness.ts";
import { starting } from "../freshness-words.ts";
import { counted, type Tone } from "./words.ts";

export interface Verdict {
  sentence: string;
  tone: Tone;
  sign: string;
}

export function verdictOf(status: StackStatus): Verdict {
  const { jobs, alerts, fresh } = status;
  const notReady = starting(status);
  if (notReady !== undefined) return { sentence: capitalized(notReady), tone: "calm", sign: "…" };
  if (jobs.length === 0) return { sentence: "No jobs are configured", tone: "calm", sign: "–" };
  if (!fresh) return notFresh(jobs.map(({ freshness }) => freshness));
  const all = jobs.length === 1 ? "The one job is fresh" : `All ${jobs.length} jobs are fresh`;
  if (alerts.length === 0) return { sentence: all, tone: "good", sign: "✓" };
  const firing = alerts.length === 1 ? "1 alert is firing" : `${alerts.length} alerts are firing`;
  return { sentence: `${all}, but ${firing}`, tone: "warn", sign: "!" };
}

const KIND_WORDS = { never: "without any backup", stale: "stale", unknown: "not known", late: "late" };

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function notFresh(all: readonly Freshness[]): Verdict {
  const affected = all.filter((freshness) => freshness !== "fresh");
  const parts = (["never", "stale", "unknown", "late"] as const)
    .map((kind) => ({ kind, count: affected.filter((freshness) => freshness === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${KIND_WORDS[kind]}`);
  const verb = affected.length === 1 ? "is" : "are";
  const onlyLate = affected.every((freshness) => freshness === "late");
  return {
    sentence: `${affected.length} of ${counted(all.length, "job")} ${verb} not fresh: ${parts.join(", ")}`,
    tone: onlyLate ? "warn" : "bad",
    sign: onlyLate ? "!" : "✕",
  };
}
