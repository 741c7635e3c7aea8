/** Run history that goes on in memory while it cannot be written, and brings the disk up to date when it can. */
import type { Instant } from "../domain/instant.ts";
import { OUTCOMES, type Operation, type Outcome, type RunRecord } from "../domain/run.ts";
import type { Attempt } from "../domain/timeline.ts";
import type { RunHistory } from "../ports/state.ts";
import type { Trouble } from "./trouble.ts";

/** Runs of one job and operation that are kept in memory; as many as a status shows. */
const KEPT_OF_EACH = 30;

type Filter = Parameters<RunHistory["recent"]>[0];
type Counts = Readonly<Record<Outcome, number>>;

export class RememberedRuns implements RunHistory {
  readonly #disk: RunHistory;
  readonly #trouble: Trouble;
  /** Not on disk yet, oldest first. */
  #waiting: RunRecord[] = [];
  readonly #firstSeen = new Map<string, Instant>();
  /** What the disk answered last to each question, for when it does not. */
  readonly #answers = new Map<string, RunRecord[]>();
  readonly #counts = new Map<string, Counts>();
  readonly #attempts = new Map<string, readonly Attempt[]>();

  constructor(disk: RunHistory, trouble: Trouble) {
    this.#disk = disk;
    this.#trouble = trouble;
  }

  add(run: RunRecord): void {
    const before = this.#waiting;
    this.#waiting = bounded([...before, run]);
    try {
      this.#trouble.either(() => this.flush(), undefined);
    } catch (error) {
      this.#waiting = before;
      throw error;
    }
  }

  recent(filter: Filter): RunRecord[] {
    const { job, operation, limit } = filter;
    const waiting = this.#waiting
      .filter((run) => (job ?? run.job) === run.job && (operation ?? run.operation) === run.operation)
      .toReversed();
    const ids = new Set(waiting.map(({ id }) => id));
    const onDisk = this.#onDisk(filter).filter(({ id }) => !ids.has(id));
    return [...waiting, ...onDisk].slice(0, Math.max(0, limit));
  }

  last(job: string, operation: Operation): RunRecord | undefined {
    return this.recent({ job, operation, limit: 1 })[0];
  }

  outcomes(filter: { job: string; operation: Operation; since: Instant }): Counts {
    const { job, operation, since } = filter;
    const question = `${operation} ${job}`;
    const onDisk = this.#trouble.either(
      () => this.#disk.outcomes(filter),
      this.#counts.get(question) ?? NONE_OF_ANY,
    );
    this.#counts.set(question, onDisk);
    const waiting = this.#waiting.filter(
      (run) => run.job === job && run.operation === operation && run.finishedAt >= since,
    );
    if (waiting.length === 0) return onDisk;
    return countsOf((outcome) => onDisk[outcome] + waiting.filter((run) => run.outcome === outcome).length);
  }

  attempts(filter: { job: string; operation: Operation; since: Instant }): readonly Attempt[] {
    const { job, operation, since } = filter;
    const question = `${operation} ${job}`;
    const onDisk = this.#trouble.either(
      () => this.#disk.attempts(filter),
      this.#attempts.get(question) ?? [],
    );
    this.#attempts.set(question, onDisk);
    const waiting = this.#waiting.filter(
      (run) => run.job === job && run.operation === operation && run.finishedAt >= since,
    );
    return [...waiting.map(({ startedAt, outcome }) => ({ startedAt, outcome })).toReversed(), ...onDisk];
  }

  firstSeen(job: string, now: Instant): Instant {
    const earlier = Math.min(now, this.#firstSeen.get(job) ?? now);
    const known = this.#trouble.either<Instant | undefined>(
      () => this.#disk.firstSeen(job, earlier),
      undefined,
    );
    if (known === undefined) this.#firstSeen.set(job, earlier);
    else this.#firstSeen.delete(job);
    return known ?? earlier;
  }

  jobs(): string[] {
    const onDisk = this.#trouble.either(() => this.#disk.jobs(), []);
    return [...new Set([...onDisk, ...this.#waiting.map(({ job }) => job)])];
  }

  forgetBefore(instant: Instant): void {
    this.#trouble.either(() => this.#disk.forgetBefore(instant), undefined);
  }

  /** Writes what waits, oldest first; throws when the disk takes it not. */
  flush(): void {
    for (let [run] = this.#waiting; run !== undefined; [run] = this.#waiting) {
      this.#disk.add(run);
      this.#waiting = this.#waiting.slice(1);
    }
    for (const [job, at] of this.#firstSeen) {
      this.#disk.firstSeen(job, at);
      this.#firstSeen.delete(job);
    }
  }

  #onDisk(filter: Filter): RunRecord[] {
    const question = JSON.stringify([filter.job, filter.operation, filter.limit]);
    const answer = this.#trouble.either(() => this.#disk.recent(filter), this.#answers.get(question) ?? []);
    this.#answers.set(question, answer);
    return answer;
  }
}

function countsOf(of: (outcome: Outcome) => number): Counts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, of(outcome)])) as Record<Outcome, number>;
}

const NONE_OF_ANY = countsOf(() => 0);

/** Without the oldest of a job and operation that has too many. */
function bounded(runs: readonly RunRecord[]): RunRecord[] {
  const groups = Map.groupBy(runs, ({ job, operation }) => `${operation} ${job}`);
  const kept = new Set([...groups.values()].flatMap((group) => group.slice(-KEPT_OF_EACH)));
  return runs.filter((run) => kept.has(run));
}
