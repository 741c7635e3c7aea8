/** The `mysql` kind: one database, or all of a server at one moment, as its own mariadb-dump or mysqldump writes them. */
import { HoldfastError } from "../../domain/errors.ts";
import type { DumpKind, DumpPart, DumpPlan, ToolPlace } from "../../dump/dump-kind.ts";
import { findTools, mysqlTool, type MysqlTools } from "./client.ts";
import { tidy } from "./exchange.ts";
import { SqlDumpExaminer } from "./exam-sql.ts";
import type { MysqlOptions } from "./options.ts";
import { connect } from "./schema-facts.ts";
import { askServer, type Database, type ServerFacts } from "./server-facts.ts";

/** `owner`: of the job, by name-beside.ts. */
export function mysqlKind(options: MysqlOptions, owner: string): DumpKind {
  const { service, allowEmpty } = options;
  const source = `service ${service}`;
  return {
    ...{ kind: "mysql", source, allowEmpty },
    plan: (place, signal) => plan({ options, owner }, place, signal),
    async inspect(place, signal) {
      const { server, chosen } = await look(options, place, {
        what: `Asking the server of ${source}`,
        signal,
      });
      return [...withoutAccounts(options, server), ...unsafe(options, chosen)];
    },
  };
}

interface Look {
  tools: MysqlTools;
  server: ServerFacts;
  /** To be dumped. */
  chosen: readonly Database[];
}

async function look(
  options: MysqlOptions,
  place: ToolPlace,
  asked: { what: string; signal: AbortSignal },
): Promise<Look> {
  const { all, database } = options;
  const tools = await findTools(place, asked);
  const server = await askServer(place, options, { client: tools.client, database, ...asked });
  const chosen = all ? server.databases : server.databases.filter(({ name }) => name === server.database);
  if (chosen.length > 0) return { tools, server, chosen };
  throw new HoldfastError("source", {
    what: asked.what,
    why: all
      ? `the server in ${place.name} has no database beside its own`
      : `neither the source nor MARIADB_DATABASE or MYSQL_DATABASE of ${place.name} names a database`,
    ...(all ? {} : { next: "set `database`, or `all: true`, in its source" }),
  });
}

async function plan(
  { options, owner }: { options: MysqlOptions; owner: string },
  place: ToolPlace,
  signal: AbortSignal,
): Promise<DumpPlan> {
  const { service, all, database } = options;
  const asked = { what: `Dumping ${all ? "all databases" : whatOf(database)} of service ${service}`, signal };
  const putBack = await tidy(await connect({ place, login: options, owner, ...asked }));
  const there = await look(options, place, asked);
  const { tools, server, chosen } = there;
  const parts = [databasesPart(options, there)];
  const hasAccounts = options.accounts && server.isMariadb && server.readsAccounts;
  if (hasAccounts) parts.push(accountsPart(options, tools));
  return {
    parts,
    facts: { service, server: server.server },
    warnings: [
      ...withoutAccounts(options, server),
      ...unsafe(options, chosen),
      ...putBack.map((name) => `Database ${name} is what it was before a restore that was killed.`),
    ],
    afterwards: all
      ? async () => madeMeanwhile(chosen, (await look(options, place, asked)).server.databases)
      : undefined,
  };
}

/** One moment of all that is transactional, with whatever else belongs to a database; binary data as digits. */
const WHOLE = [
  ...["--single-transaction", "--quick", "--routines", "--events", "--triggers", "--hex-blob"],
  ...["--default-character-set=utf8mb4", "--no-tablespaces"],
];
/** A server that has transactions of its own already would refuse the dump otherwise. Only MySQL knows it. */
const WITHOUT_GTIDS = "--set-gtid-purged=OFF";

function databasesPart(options: MysqlOptions, { tools: { dump }, server, chosen }: Look): DumpPart {
  const names = chosen.map(({ name }) => name);
  const whole = server.isMariadb ? WHOLE : [...WHOLE, WITHOUT_GTIDS];
  const of = options.all ? ["--databases", "--", ...names] : ["--", ...names];
  return {
    name: "dump.sql",
    what: options.all ? "all databases" : whatOf(names[0]),
    tool: mysqlTool(options, [dump, ...whole, ...options.options, ...of]),
    examiner: new SqlDumpExaminer(),
    facts: options.all
      ? { databases: names, format: `${dump}, databases` }
      : { ...ofOne(chosen), format: `${dump}, database` },
  };
}

/** Of what the dump itself does not say: it can go into any database. */
function ofOne([one]: readonly Database[]): Record<string, unknown> {
  if (one === undefined) return {};
  return { database: one.name, characterSet: one.characterSet, collation: one.collation };
}

/** Name of the object with the accounts. */
export const ACCOUNTS = "accounts.sql";

function accountsPart(options: MysqlOptions, { dump }: MysqlTools): DumpPart {
  return {
    ...{ name: ACCOUNTS, what: "the accounts" },
    tool: mysqlTool(options, [dump, "--system=users", "--insert-ignore"]),
    ...{ examiner: new SqlDumpExaminer(), facts: { format: `${dump}, accounts` } },
  };
}

function whatOf(database: string | undefined): string {
  return database === undefined ? "the database" : `database ${database}`;
}

function withoutAccounts({ service, accounts }: MysqlOptions, server: ServerFacts): string[] {
  if (!accounts || !server.isMariadb || server.readsAccounts) return [];
  return [
    `Accounts of service ${service} are not dumped, since its user may not read them: name another one as \`user\`, or set \`accounts: false\`.`,
  ];
}

function unsafe({ service }: MysqlOptions, databases: readonly Database[]): string[] {
  return databases.flatMap(({ name, unsafeTables }) =>
    unsafeTables === 0
      ? []
      : [
          `${unsafeTables} tables of database ${name} of service ${service} know no transactions (MyISAM and the like): what is written to them meanwhile may be half in the dump.`,
        ],
  );
}

function madeMeanwhile(dumped: readonly Database[], there: readonly Database[]): string[] {
  const names = new Set(dumped.map(({ name }) => name));
  return there
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => `Database ${name} was made while the others were dumped: it is in the next point.`);
}
