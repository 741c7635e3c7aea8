/** Exit codes, as the design promises them. The one place where an error becomes a number. */
import { HoldfastError } from "../domain/errors.ts";
import type { Outcome } from "../domain/run.ts";

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  notFresh: 4,
  refused: 5,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The reason given to the AbortSignal of the process when a signal arrives. */
export class Interruption extends HoldfastError {
  readonly exitCode: ExitCode;

  constructor(signalName: "SIGINT" | "SIGTERM") {
    super("cancelled", { what: "The command", why: `it was cancelled by ${signalName}` });
    this.exitCode = signalName === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interruption) return error.exitCode;
  if (!(error instanceof HoldfastError)) return EXIT.failed;
  if (error.code === "usage") return EXIT.usage;
  if (error.code === "refused") return EXIT.refused;
  if (error.code === "cancelled") return EXIT.interrupted;
  return EXIT.failed;
}

/** The code for several runs: the worst of them. */
export function exitCodeOfOutcomes(outcomes: readonly Outcome[]): ExitCode {
  if (outcomes.includes("cancelled")) return EXIT.interrupted;
  if (outcomes.includes("failed")) return EXIT.failed;
  if (outcomes.includes("partial")) return EXIT.partial;
  return EXIT.done;
}
