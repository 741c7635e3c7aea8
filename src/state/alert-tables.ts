/** Active alerts and the messages that channels have not accepted yet, changed together or not at all. */
import type { AlertMessage, Problem } from "../domain/alerts.ts";
import type { ActiveAlert, AlertState, PendingDelivery } from "../ports/state.ts";
import type { Database, Row } from "./database.ts";

export function alertTables(database: Database): AlertState {
  const remove = (id: number) => database.run("DELETE FROM deliveries WHERE id = ?", id);
  return {
    active: () => database.all("SELECT * FROM active_alerts ORDER BY position").map(alertOf),
    commit({ active, deliveries }) {
      database.transaction(() => {
        database.run("DELETE FROM active_alerts");
        active.forEach((alert, position) => insertAlert(database, alert, position));
        for (const { channel, message, notBefore } of deliveries) {
          const values = [channel, JSON.stringify(message), notBefore];
          database.run("INSERT INTO deliveries (channel, message, not_before) VALUES (?, ?, ?)", ...values);
        }
      });
    },
    waitingChannels: () =>
      database
        .all("SELECT DISTINCT channel FROM deliveries ORDER BY channel")
        .map((row) => String(row["channel"])),
    queued: (channel) =>
      database.all("SELECT * FROM deliveries WHERE channel = ? ORDER BY id", channel).map(deliveryOf),
    delivered: remove,
    postpone: (id, notBefore) =>
      database.run(
        "UPDATE deliveries SET attempts = attempts + 1, not_before = ? WHERE id = ?",
        notBefore,
        id,
      ),
    drop: remove,
  };
}

function insertAlert(database: Database, alert: ActiveAlert, position: number): void {
  database.run(
    "INSERT INTO active_alerts (key, id, position, problem, since, last_notified_at) VALUES (?, ?, ?, ?, ?, ?)",
    alert.key,
    alert.id,
    position,
    JSON.stringify(alert.problem),
    alert.since,
    alert.lastNotifiedAt,
  );
}

function alertOf(row: Row): ActiveAlert {
  return {
    id: String(row["id"]),
    key: String(row["key"]),
    problem: JSON.parse(String(row["problem"])) as Problem,
    since: Number(row["since"]),
    lastNotifiedAt: Number(row["last_notified_at"]),
  };
}

function deliveryOf(row: Row): PendingDelivery {
  return {
    id: Number(row["id"]),
    channel: String(row["channel"]),
    message: JSON.parse(String(row["message"])) as AlertMessage,
    attempts: Number(row["attempts"]),
    notBefore: Number(row["not_before"]),
  };
}
