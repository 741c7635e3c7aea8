/** A game day: a disaster is made to a copy of the stack, and people and machine bring it back while a clock runs. */
import type { Instant, Milliseconds } from "./instant.ts";

export const GAMEDAY_SCENARIOS = ["container-crash", "volume-loss", "database-loss", "stack-loss"] as const;
export type GamedayScenario = (typeof GAMEDAY_SCENARIOS)[number];

/** What was done, in order; `person` is what waited for somebody. */
export interface GamedayStep {
  by: "person" | "machine";
  what: string;
  /** Undefined: nobody was there to be timed. */
  ms: Milliseconds | undefined;
  /** What was typed, found or seen, as sentences. */
  notes: readonly string[];
}

export interface Gameday {
  id: string;
  stack: string;
  scenario: GamedayScenario;
  /** The project that the copy was. */
  project: string;
  actor: string;
  startedAt: Instant;
  steps: readonly GamedayStep[];
  /** From the damage until somebody had seen that all is well; of the machine alone where nobody was there. */
  recoveryMs: Milliseconds | undefined;
  /** What kept the stack from being well in the end, as clauses. */
  failures: readonly string[];
  /** What is to be done after it, as sentences. */
  lessons: readonly string[];
}

/** Somebody found that something is missing, or the machine did: then it has failed, and was worth it. */
export function gamedayOutcome({ failures, lessons }: Pick<Gameday, "failures" | "lessons">) {
  if (failures.length > 0) return "failed" as const;
  return lessons.length > 0 ? ("partial" as const) : ("succeeded" as const);
}
