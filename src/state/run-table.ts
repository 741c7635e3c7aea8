/**
 * Run history: bounded in age and number, except that the last run of each job and operation stays. Newest
 * is what was added last, whatever the clock said.
 */
import { DAY, type Instant, type Milliseconds } from "../domain/instant.ts";
import { OUTCOMES, type Operation, type Outcome, type RunRecord } from "../domain/run.ts";
import type { Attempt } from "../domain/timeline.ts";
import type { RunHistory } from "../ports/state.ts";
import type { Database, Row } from "./database.ts";
import { ReadCache } from "./read-cache.ts";

/** A year and a month: last year's run of the same day is still there to compare with. */
const RUNS_KEPT_FOR: Milliseconds = 400 * DAY;
/** A job of every minute makes half a million runs a year; about this many of all jobs stay. */
const RUNS_KEPT = 100_000;

const NOT_THE_LAST = "seq NOT IN (SELECT max(seq) FROM runs GROUP BY job, operation)";

export function runTable(database: Database): RunHistory {
  const cache = new ReadCache(database);
  const forgetBefore = (instant: Instant) => {
    database.run(`DELETE FROM runs WHERE finished_at < ? AND ${NOT_THE_LAST}`, instant);
    cache.forget();
  };
  const forgetExcess = () => {
    const newest = Number(database.get("SELECT max(seq) AS seq FROM runs")?.["seq"] ?? 0);
    database.run(`DELETE FROM runs WHERE seq <= ? AND ${NOT_THE_LAST}`, newest - RUNS_KEPT);
  };
  return {
    add(run) {
      database.transaction(() => {
        database.run(
          `INSERT INTO runs (id, job, operation, finished_at, record) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, record = excluded.record`,
          ...[run.id, run.job, run.operation, run.finishedAt, JSON.stringify(run)],
        );
        forgetBefore(run.finishedAt - RUNS_KEPT_FOR);
        forgetExcess();
      });
      cache.forget();
    },
    recent: (filter) => [...recent(database, cache, filter)],
    last: (job, operation) => recent(database, cache, { job, operation, limit: 1 })[0],
    outcomes(filter) {
      const { job, operation, since } = filter;
      return cache.answer(`outcomes ${operation} ${since} ${job}`, () => outcomes(database, filter));
    },
    attempts(filter) {
      const { job, operation, since } = filter;
      return cache.answer(`attempts ${operation} ${since} ${job}`, () => attempts(database, filter));
    },
    firstSeen: (job, now) => firstSeen(database, cache, job, now),
    jobs() {
      return database.all("SELECT DISTINCT job FROM runs").map((row) => String(row["job"]));
    },
    forgetBefore,
  };
}

/** One text for each combination of filters, so that each is prepared once and uses its index. */
function recent(
  database: Database,
  cache: ReadCache,
  { job, operation, limit }: { job?: string; operation?: Operation; limit: number },
): readonly RunRecord[] {
  const conditions = [
    ...(job === undefined ? [] : [["job = ?", job] as const]),
    ...(operation === undefined ? [] : [["operation = ?", operation] as const]),
  ];
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([text]) => text).join(" AND ")}`;
  const values = conditions.map(([, value]) => value);
  const sql = `SELECT record FROM runs ${where} ORDER BY seq DESC LIMIT ?`;
  return cache.answer(JSON.stringify([sql, ...values, limit]), () =>
    database.all(sql, ...values, Math.max(0, limit)).map(recordOf),
  );
}

function outcomes(
  database: Database,
  { job, operation, since }: Parameters<RunHistory["outcomes"]>[0],
): Readonly<Record<Outcome, number>> {
  const sql = `SELECT json_extract(record, '$.outcome') AS outcome, count(*) AS runs FROM runs
    WHERE job = ? AND operation = ? AND finished_at >= ? GROUP BY outcome`;
  const counts = new Map(
    database.all(sql, job, operation, since).map((row) => [row["outcome"], Number(row["runs"])]),
  );
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counts.get(outcome) ?? 0])) as Record<
    Outcome,
    number
  >;
}

/** A job of every ten minutes has about as many in a month. */
const MOST_ATTEMPTS = 5000;

function attempts(
  database: Database,
  { job, operation, since }: Parameters<RunHistory["attempts"]>[0],
): readonly Attempt[] {
  const sql = `SELECT json_extract(record, '$.startedAt') AS started, json_extract(record, '$.outcome') AS outcome FROM runs
    WHERE job = ? AND operation = ? AND finished_at >= ? ORDER BY seq DESC LIMIT ?`;
  return database
    .all(sql, job, operation, since, MOST_ATTEMPTS)
    .map((row) => ({ startedAt: Number(row["started"]), outcome: row["outcome"] as Outcome }));
}

function recordOf(row: Row): RunRecord {
  return JSON.parse(String(row["record"])) as RunRecord;
}

/** Written only when it changes; a first sight "in the future", of a clock that was wrong, is corrected. */
function firstSeen(database: Database, cache: ReadCache, job: string, now: Instant): Instant {
  const known = cache.answer(
    `first seen ${job}`,
    () => database.get("SELECT first_seen_at FROM jobs_seen WHERE job = ?", job)?.["first_seen_at"],
  );
  if (known !== undefined && Number(known) <= now) return Number(known);
  database.run(
    `INSERT INTO jobs_seen (job, first_seen_at) VALUES (?, ?)
     ON CONFLICT (job) DO UPDATE SET first_seen_at = min(first_seen_at, excluded.first_seen_at)`,
    job,
    now,
  );
  cache.forget();
  return Number(database.get("SELECT first_seen_at FROM jobs_seen WHERE job = ?", job)?.["first_seen_at"]);
}
