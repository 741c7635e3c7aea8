/** Silences that somebody asked for. */
import { DAY, type Milliseconds } from "../domain/instant.ts";
import type { Silence } from "../domain/silence.ts";
import type { Silences } from "../ports/state.ts";
import type { Database, Row } from "./database.ts";

const KEPT_FOR: Milliseconds = DAY;

export function silenceTable(database: Database): Silences {
  return {
    all: () => database.all("SELECT * FROM silences ORDER BY until, id").map(silenceOf),
    add({ id, job, since, until, reason, actor }) {
      database.transaction(() => {
        database.run("DELETE FROM silences WHERE until < ?", since - KEPT_FOR);
        database.run(
          "INSERT INTO silences (id, job, since, until, reason, actor) VALUES (?, ?, ?, ?, ?, ?)",
          ...[id, job ?? null, since, until, reason, actor],
        );
      });
    },
    remove: (id) => database.run("DELETE FROM silences WHERE id = ?", id),
  };
}

function silenceOf(row: Row): Silence {
  const job = row["job"];
  return {
    id: String(row["id"]),
    job: job === null || job === undefined ? undefined : String(job),
    since: Number(row["since"]),
    until: Number(row["until"]),
    reason: String(row["reason"]),
    actor: String(row["actor"]),
  };
}
