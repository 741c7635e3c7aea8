/** What was told while the last runs went on, in memory: for a page that shows it. Bounded, and without any known secret. */
import { messageOf } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { createRedactor } from "./redactor.ts";

export interface LoggedLine {
  at: Instant;
  level: "info" | "warn" | "error";
  text: string;
}

/** Runs that are remembered, of all jobs together. */
const RUNS_KEPT = 1000;
const LINES_KEPT = 60;
const LONGEST_LINE = 1000;

export class RecentLog {
  readonly #clock: Pick<Clock, "now">;
  /** Oldest first. */
  readonly #runs = new Map<string, LoggedLine[]>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Oldest first; empty for a run that is not remembered. */
  of(run: string): readonly LoggedLine[] {
    return this.#runs.get(run) ?? [];
  }

  /** Remembers runs, with every secret masked. */
  observer(secrets: readonly string[]): RunObserver {
    const redactor = createRedactor(secrets);
    const phases = new Map<string, string>();
    const add = (run: string, level: LoggedLine["level"], text: string): void =>
      this.#add(run, { at: this.#clock.now(), level, text: redactor.text(text).slice(0, LONGEST_LINE) });
    return {
      runStarted: ({ id, operation }) => add(id, "info", `${operation} started`),
      runProgress: ({ id }, { phase }) => {
        if (phases.get(id) !== phase) add(id, "info", phase);
        phases.set(id, phase);
      },
      runWarned: ({ id }, message) => add(id, "warn", message),
      runFinished: ({ id, operation, outcome, reason }, error) => {
        phases.delete(id);
        const why = error === undefined ? reason : messageOf(error);
        const level = outcome === "failed" ? "error" : "info";
        add(id, level, why === undefined ? `${operation} ${outcome}` : `${operation} ${outcome}: ${why}`);
      },
    };
  }

  /** The beginning and the end stay, however much was said between. */
  #add(run: string, line: LoggedLine): void {
    const lines = this.#runs.get(run) ?? this.#begin(run);
    if (lines.length === LINES_KEPT) lines.splice(LINES_KEPT / 2, 1);
    lines.push(line);
  }

  #begin(run: string): LoggedLine[] {
    const [oldest] = this.#runs.keys();
    if (this.#runs.size >= RUNS_KEPT && oldest !== undefined) this.#runs.delete(oldest);
    const lines: LoggedLine[] = [];
    this.#runs.set(run, lines);
    return lines;
  }
}
