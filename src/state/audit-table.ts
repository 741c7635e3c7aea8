/** Who did what that matters afterwards; the last entries of it. */
import type { AuditEntry, AuditTrail } from "../ports/state.ts";
import type { Database, Row } from "./database.ts";

const ENTRIES_KEPT = 10_000;

export function auditTable(database: Database): AuditTrail {
  return {
    record({ at, actor, operation, job, outcome, details }) {
      database.transaction(() => {
        database.run(
          "INSERT INTO audit (at, actor, operation, job, outcome, details) VALUES (?, ?, ?, ?, ?, ?)",
          ...[at, actor, operation, job, outcome, JSON.stringify(details)],
        );
        database.run("DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?", ENTRIES_KEPT);
      });
    },
    recent: (limit) =>
      database.all("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", Math.max(0, limit)).map(entryOf),
  };
}

function entryOf(row: Row): AuditEntry {
  return {
    at: Number(row["at"]),
    actor: String(row["actor"]),
    operation: String(row["operation"]) as AuditEntry["operation"],
    job: String(row["job"]),
    outcome: String(row["outcome"]),
    details: JSON.parse(String(row["details"])) as Record<string, unknown>,
  };
}
