/**
 * Every failure a user can meet, as one sentence with what failed, why, and the next step. The facts live on
 * the error; one pure function writes the sentence; the command line alone maps codes to exit codes.
 */
import { toIso, type Instant } from "./instant.ts";

export type ErrorCode =
  /** The configuration or the command line was not understood. */
  | "usage"
  /** Done by nobody because it is unsafe, unconfirmed or locked. */
  | "refused"
  /** The named job, point, path or object does not exist. */
  | "not-found"
  /** A create-only object is there already. */
  | "already-exists"
  /** Stored bytes are not what the commit record says they are. */
  | "damaged"
  /** Written by a newer version, or asks for what this platform does not have. */
  | "unsupported"
  /** The store cannot be reached or refuses to work. */
  | "store"
  /** The store keeps the object whatever we want: a retention policy, a hold, an object lock. Until when: `facts.until`. */
  | "retained"
  /** The store or a local disk is full. */
  | "no-space"
  /** The file system that is restored to refuses to work, or cannot hold what is restored. */
  | "target"
  /** The container engine cannot be reached, or refuses to work. */
  | "runtime"
  /** The source could not be captured. */
  | "source"
  /** A notification could not be delivered. */
  | "notifier"
  /** Took longer than allowed. */
  | "timeout"
  /** A signal or a caller asked to stop. */
  | "cancelled"
  /** A defect of ours. */
  | "internal";

export interface ErrorFacts {
  /** What was attempted, as the start of a sentence: "Backing up job data". */
  what: string;
  /** Why it failed: "the source directory /source/data is empty". */
  why: string;
  /** What the user does next: "check the volume's mount". */
  next?: string;
  cause?: unknown;
  /** True when the same attempt may succeed a little later. */
  transient?: boolean;
  /** How long the other side asked to be left alone, in milliseconds. */
  retryAfter?: number;
  /** Of `retained`: when the store lets go of it. Absent where nobody knows, as under a hold. */
  until?: Instant;
}

export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts) {
    super(sentenceOf(facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "HoldfastError";
    this.code = code;
    this.facts = facts;
  }

  get transient(): boolean {
    return this.facts.transient ?? false;
  }
}

/** What a store that may not delete or overwrite an object yet throws: no trouble, and nothing that trying again would mend. */
export function retained(
  what: string,
  { until, cause }: { until?: Instant; cause?: unknown },
): HoldfastError {
  const why =
    until === undefined ? "kept by the store under a hold" : `kept by the store until ${toIso(until)}`;
  return new HoldfastError("retained", { what, why, cause, ...(until === undefined ? {} : { until }) });
}

function sentenceOf({ what, why, next }: ErrorFacts): string {
  const head = `${what} failed: ${withoutFullStop(why)}`;
  return next === undefined ? `${head}.` : `${head}; ${withoutFullStop(next)}.`;
}

function withoutFullStop(text: string): string {
  return text.replace(/\.\s*$/, "");
}

export function hasCode(error: unknown, code: ErrorCode): error is HoldfastError {
  return error instanceof HoldfastError && error.code === code;
}

/** The store does not do it for us, and asking again would not change that: the right is missing, or it keeps the object. */
export function isRefusedForGood(error: unknown): error is HoldfastError {
  return hasCode(error, "retained") || (hasCode(error, "store") && !error.transient);
}

/** The sentence of any thrown value, for a place that stores or shows it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The thrown value as an Error, so that it can be kept and thrown again. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** The message of each error from the outermost to the root cause; bounded, because causes can be cyclic. */
export function causeChain(error: unknown): string[] {
  const chain: string[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && chain.length < 10;) {
    chain.push(messageOf(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return chain;
}

/** Turns a fired AbortSignal into the error to throw: its own reason where that is one of ours. */
export function cancellation(signal: { reason: unknown }, what: string): HoldfastError {
  if (signal.reason instanceof HoldfastError) return signal.reason;
  return new HoldfastError("cancelled", { what, why: "it was cancelled", cause: signal.reason });
}
