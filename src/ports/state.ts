/**
 * The state directory: history, alert state, audit. Losing it loses only history: nothing a restore needs lives here.
 * Writes are durable when the call returns. Several processes (daemon and command line) may use one state at once.
 */
import type { ActiveAlert, AlertMessage } from "../domain/alerts.ts";
import type { Instant } from "../domain/instant.ts";
import type { Operation, Outcome, RunRecord } from "../domain/run.ts";
import type { Silence } from "../domain/silence.ts";
import type { Attempt } from "../domain/timeline.ts";

export type { ActiveAlert } from "../domain/alerts.ts";

export interface RunHistory {
  add(run: RunRecord): void;
  /** Newest first. */
  recent(filter: { job?: string; operation?: Operation; limit: number }): RunRecord[];
  last(job: string, operation: Operation): RunRecord | undefined;
  /** How many runs ended at the instant or later, by outcome; 0 where there were none. */
  outcomes(filter: { job: string; operation: Operation; since: Instant }): Readonly<Record<Outcome, number>>;
  /** When runs began that ended at the instant or later, and what they came to: newest first, and no more than a few thousand. */
  attempts(filter: { job: string; operation: Operation; since: Instant }): readonly Attempt[];
  /** Remembers when a job was first seen, and says when that was, never later than `now`: from then on `never` counts. */
  firstSeen(job: string, now: Instant): Instant;
  /** Names of the jobs that a run is known of, in any order. */
  jobs(): string[];
  /** Drops runs that ended before the instant, except the last of each job and operation. */
  forgetBefore(instant: Instant): void;
}

/** A message that a channel has not accepted yet. */
export interface PendingDelivery {
  id: number;
  channel: string;
  message: AlertMessage;
  attempts: number;
  notBefore: Instant;
}

export interface AlertState {
  active(): ActiveAlert[];
  /** Replaces the set of active alerts and queues the messages, all in one transaction. */
  commit(change: {
    active: ActiveAlert[];
    deliveries: { channel: string; message: AlertMessage; notBefore: Instant }[];
  }): void;
  /** Names of the channels for which something waits. */
  waitingChannels(): string[];
  /** All that waits for one channel, due or not, oldest first. */
  queued(channel: string): PendingDelivery[];
  delivered(id: number): void;
  /** Counts one more failed attempt. */
  postpone(id: number, notBefore: Instant): void;
  /** Gives a delivery up; it is gone. */
  drop(id: number): void;
}

/** What is to be known of a channel over restarts: which thread an alert is told in, since when it takes nothing. Bounded. */
export interface ChannelNotes {
  get(channel: string, name: string): string | undefined;
  /** Replaces what was noted under the name, and forgets what was noted more than 100 days before `at`. */
  set(note: ChannelNote): void;
  remove(channel: string, name: string): void;
  /** Of every channel, in any order. */
  named(name: string): ChannelNote[];
}

export interface ChannelNote {
  channel: string;
  name: string;
  value: string;
  at: Instant;
}

export interface Silences {
  /** Also those that are over, for a while; the first to end first. */
  all(): Silence[];
  /** Forgets those that were over a day before it begins. */
  add(silence: Silence): void;
  remove(id: string): void;
}

/** Who or what did something that matters afterwards. */
export interface AuditEntry {
  at: Instant;
  /** `daemon`, `command:alice@host`, `api:10.0.0.7`. */
  actor: string;
  operation:
    | Operation
    | "pin"
    | "unpin"
    | "silence"
    | "end-silence"
    | "schedule"
    | "hold"
    | "config"
    | "recover"
    | "adopt"
    | "disown";
  /** Empty where it is about no job. */
  job: string;
  outcome: string;
  details: Record<string, unknown>;
}

export interface AuditTrail {
  record(entry: AuditEntry): void;
  /** Newest first. */
  recent(limit: number): AuditEntry[];
}

export interface State {
  readonly runs: RunHistory;
  readonly alerts: AlertState;
  readonly audit: AuditTrail;
  readonly notes: ChannelNotes;
  readonly silences: Silences;
  close(): void;
}
