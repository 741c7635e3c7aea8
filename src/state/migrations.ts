/**
 * The schema, as the steps that lead to it. `user_version` counts the steps that were taken. A step that was released
 * is never edited: a change is a new step.
 */
import { HoldfastError } from "../domain/errors.ts";
import type { Database } from "./database.ts";

const STEPS: readonly string[] = [
  `
  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    operation TEXT NOT NULL,
    finished_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_job ON runs (job, seq);
  CREATE INDEX runs_by_operation ON runs (job, operation, seq);
  CREATE INDEX runs_by_end ON runs (finished_at);

  CREATE TABLE jobs_seen (job TEXT PRIMARY KEY, first_seen_at INTEGER NOT NULL) STRICT;

  CREATE TABLE active_alerts (
    key TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    problem TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_notified_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_channel ON deliveries (channel, id);

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    operation TEXT NOT NULL,
    job TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE channel_notes (
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, name)
  ) STRICT;
  CREATE INDEX channel_notes_by_time ON channel_notes (at);

  CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    job TEXT,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL
  ) STRICT;
  `,
];

/** Brings the schema up to date. Refuses one of a newer Holdfast, untouched. Safe from several processes at once. */
export function migrate(database: Database, path: string): void {
  if (versionOf(database) === STEPS.length) return;
  database.transaction(() => {
    const version = versionOf(database);
    if (version > STEPS.length) {
      throw new HoldfastError("unsupported", {
        what: `Opening the state ${path}`,
        why: `a newer Holdfast wrote it (schema ${version}, this one knows ${STEPS.length})`,
        next: "run that version, or move the file away: it holds only history",
      });
    }
    for (const step of STEPS.slice(version)) database.execute(step);
    database.execute(`PRAGMA user_version = ${STEPS.length}`);
  });
}

function versionOf(database: Database): number {
  return Number(database.get("PRAGMA user_version")?.["user_version"]);
}
