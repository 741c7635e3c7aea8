/** States as a word, a sign and a tone: the colour says nothing that the word does not. */
import type { Freshness } from "../../domain/freshness.ts";
import type { Outcome } from "../../domain/run.ts";
import { html, type Html } from "./html.ts";

/** A class of the style sheet. */
export type Tone = "good" | "warn" | "bad" | "calm";

export interface State {
  word: string;
  sign: string;
  tone: Tone;
}

export const FRESHNESS_STATES: Record<Freshness, State> = {
  fresh: { word: "fresh", sign: "✓", tone: "good" },
  late: { word: "late", sign: "!", tone: "warn" },
  unknown: { word: "not known", sign: "?", tone: "bad" },
  stale: { word: "stale", sign: "✕", tone: "bad" },
  never: { word: "no backup", sign: "✕", tone: "bad" },
};

export const OUTCOME_STATES: Record<Outcome, State> = {
  succeeded: { word: "succeeded", sign: "✓", tone: "good" },
  partial: { word: "partial", sign: "!", tone: "warn" },
  failed: { word: "failed", sign: "✕", tone: "bad" },
  cancelled: { word: "cancelled", sign: "–", tone: "calm" },
  skipped: { word: "skipped", sign: "–", tone: "calm" },
};

export function badge({ word, sign, tone }: State): Html {
  return html`<b class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${word}</b>`;
}

export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
