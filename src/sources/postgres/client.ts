/** Runs PostgreSQL's own tools in the server's container, as the user that its image was set up with unless the config says another. */
import { askTool } from "../../dump/ask-tool.ts";
import type { ToolPlace, ToolRun } from "../../dump/dump-kind.ts";

/**
 * The container's own variables and secret files say who may do everything there: they are read by a shell in it, so that this
 * process never knows them. What the config says comes in variables of the tool, which no list of processes shows.
 */
const LOGIN = `
given() { eval "value=\\\${$1:-} file=\\\${$1_FILE:-}"; if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file") || exit 1; fi; }
given POSTGRES_USER; PGUSER=\${HOLDFAST_USER:-\${value:-postgres}}
given POSTGRES_PASSWORD; PGPASSWORD=\${HOLDFAST_PASSWORD:-\${PGPASSWORD:-$value}}
given POSTGRES_DB; PGDATABASE=\${HOLDFAST_DATABASE:-\${value:-$PGUSER}}
unset HOLDFAST_USER HOLDFAST_PASSWORD HOLDFAST_DATABASE value file
if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
export PGUSER PGDATABASE LC_MESSAGES=C
exec "$@"`;

export interface PostgresLogin {
  user?: string | undefined;
  password?: string | undefined;
  /** In the container. */
  runAs?: string | undefined;
}

/** A tool that is connected to a database; without one, to the container's own. */
export function postgresTool(
  login: PostgresLogin,
  [program = "", ...options]: readonly string[],
  database?: string,
): ToolRun {
  const { user, password, runAs } = login;
  const variables = { HOLDFAST_USER: user, HOLDFAST_PASSWORD: password, HOLDFAST_DATABASE: database };
  const env = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return {
    name: program,
    command: ["sh", "-c", LOGIN, "sh", program, ...options],
    env: Object.fromEntries(env) as Record<string, string>,
    secrets: password === undefined ? [] : [password],
    user: runAs,
  };
}

/** What a query answers, as text. Reads no file of the user's own. */
export function query(
  place: ToolPlace,
  login: PostgresLogin,
  {
    sql,
    database,
    ...options
  }: { sql: string; database?: string | undefined; what: string; signal: AbortSignal },
): Promise<string> {
  const psql = ["psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"];
  const tool = postgresTool(login, [...psql, "--set=ON_ERROR_STOP=1", "--command", sql], database);
  return askTool(place, tool, options);
}

/** Runs statements in one transaction. They are given on the standard input, since they may hold what nobody else should see. */
export async function execute(
  place: ToolPlace,
  login: PostgresLogin,
  { sql, database, ...options }: { sql: string; database: string; what: string; signal: AbortSignal },
): Promise<void> {
  const psql = ["psql", "--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"];
  const tool = postgresTool(login, [...psql, "--single-transaction", "--file=-"], database);
  await askTool(place, { ...tool, stdin: once(Buffer.from(sql)) }, options);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** As part of a statement. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
