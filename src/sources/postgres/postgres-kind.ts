/** The `postgres` kind: one database, or all of a server with its roles, as PostgreSQL's own tools in its container dump them. */
import type { DumpKind, DumpPart, DumpPlan, ToolPlace } from "../../dump/dump-kind.ts";
import { postgresTool } from "./client.ts";
import { CustomDumpExaminer } from "./exam-custom.ts";
import { PlainDumpExaminer } from "./exam-plain.ts";
import type { PostgresOptions } from "./options.ts";
import { askServer, type ServerFacts } from "./server-facts.ts";

export function postgresKind(options: PostgresOptions): DumpKind {
  const { service, allowEmpty } = options;
  const source = `service ${service}`;
  return {
    ...{ kind: "postgres", source, allowEmpty },
    plan: (place, signal) => plan(options, place, signal),
    async inspect(place, signal) {
      const what = `Asking the server of ${source}`;
      const facts = await askServer(place, options, { database: options.database, what, signal });
      return withoutRoles(options, facts);
    },
  };
}

async function plan(options: PostgresOptions, place: ToolPlace, signal: AbortSignal): Promise<DumpPlan> {
  const { service, database, all, roles } = options;
  const ask = async () =>
    askServer(place, options, {
      database,
      what: `Dumping ${whatOf(database)} of service ${service}`,
      signal,
    });
  const server = await ask();
  const databases = all ? server.databases : [database ?? server.database];
  const parts = databases.map((name, at) =>
    databasePart(options, name, databases.length === 1 ? "" : `.${at + 1}`),
  );
  // Last: every role that a dump names is in it, also one that was made meanwhile.
  if (roles && server.isSuperuser) parts.push(rolesPart(options));
  return {
    parts,
    facts: { service, server: `PostgreSQL ${server.version}` },
    warnings: roles ? withoutRoles(options, server) : [],
    afterwards: all ? async () => madeMeanwhile(databases, (await ask()).databases) : undefined,
  };
}

function databasePart(options: PostgresOptions, database: string, number: string): DumpPart {
  const isPlain = options.format === "plain";
  // What is compressed already cannot be compressed well once more.
  const format = isPlain ? ["--format=plain"] : ["--format=custom", "--compress=0"];
  const command = ["pg_dump", "--no-password", ...format, ...options.options];
  return {
    name: `dump${number}.${isPlain ? "sql" : "pgdump"}`,
    what: whatOf(database),
    tool: postgresTool(options, command, database),
    examiner: isPlain ? new PlainDumpExaminer("database") : new CustomDumpExaminer(),
    facts: { database, format: isPlain ? "pg_dump, plain" : "pg_dump, custom" },
  };
}

/** Name of the object with the roles. */
export const ROLES = "roles.sql";

function rolesPart(options: PostgresOptions): DumpPart {
  return {
    ...{ name: ROLES, what: "the roles" },
    tool: postgresTool(options, ["pg_dumpall", "--no-password", "--globals-only"]),
    examiner: new PlainDumpExaminer("cluster"),
    facts: { format: "pg_dumpall, roles" },
  };
}

function whatOf(database: string | undefined): string {
  return database === undefined ? "the database" : `database ${database}`;
}

function withoutRoles({ service, roles }: PostgresOptions, { isSuperuser }: ServerFacts): string[] {
  if (!roles || isSuperuser) return [];
  return [
    `Roles of service ${service} are not dumped, since only a superuser may read them: name one as \`user\`, or set \`roles: false\`.`,
  ];
}

function madeMeanwhile(dumped: readonly string[], there: readonly string[]): string[] {
  return there
    .filter((name) => !dumped.includes(name))
    .map((name) => `Database ${name} was made while the others were dumped: it is in the next point.`);
}
