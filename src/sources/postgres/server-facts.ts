/** What a PostgreSQL server says of itself before it is dumped. */
import { z } from "zod";
import type { ToolPlace } from "../../dump/dump-kind.ts";
import { BESIDE } from "../../dump/name-beside.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { query, type PostgresLogin } from "./client.ts";

const Facts = z.object({
  version: z.string(),
  /** Of the connection. */
  database: z.string(),
  /** May read roles with their passwords. */
  isSuperuser: z.boolean(),
  /** All but templates, those that allow no connections, and what a restore has left, by name. */
  databases: z.array(z.string()),
});
export type ServerFacts = z.infer<typeof Facts>;

const SQL = `SELECT json_build_object('version', current_setting('server_version'), 'database', current_database(),
  'isSuperuser', current_setting('is_superuser') = 'on',
  'databases', (SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname !~ '${BESIDE}'))`;

/** Throws the tool's error, in which a server that is down, a wrong password and a database that is not there tell themselves. */
export async function askServer(
  place: ToolPlace,
  login: PostgresLogin,
  asked: { database: string | undefined; what: string; signal: AbortSignal },
): Promise<ServerFacts> {
  const answer = await query(place, login, { sql: SQL, ...asked });
  try {
    return Facts.parse(JSON.parse(answer));
  } catch (cause) {
    throw new HoldfastError("source", {
      what: asked.what,
      why: "psql answered something that is not known",
      cause,
    });
  }
}
