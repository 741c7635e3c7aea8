/** Small facts of channels, by name; those that nobody renews are forgotten. */
import { DAY, type Milliseconds } from "../domain/instant.ts";
import type { ChannelNote, ChannelNotes } from "../ports/state.ts";
import type { Database, Row } from "./database.ts";

const KEPT_FOR: Milliseconds = 100 * DAY;

export function channelNotes(database: Database): ChannelNotes {
  return {
    get: (channel, name) => {
      const row = database.get("SELECT * FROM channel_notes WHERE channel = ? AND name = ?", channel, name);
      return row && noteOf(row).value;
    },
    set({ channel, name, value, at }) {
      database.transaction(() => {
        database.run(
          "INSERT OR REPLACE INTO channel_notes (channel, name, value, at) VALUES (?, ?, ?, ?)",
          ...[channel, name, value, at],
        );
        database.run("DELETE FROM channel_notes WHERE at < ?", at - KEPT_FOR);
      });
    },
    remove: (channel, name) =>
      database.run("DELETE FROM channel_notes WHERE channel = ? AND name = ?", channel, name),
    named: (name) => database.all("SELECT * FROM channel_notes WHERE name = ?", name).map(noteOf),
  };
}

function noteOf(row: Row): ChannelNote {
  return {
    channel: String(row["channel"]),
    name: String(row["name"]),
    value: String(row["value"]),
    at: Number(row["at"]),
  };
}
