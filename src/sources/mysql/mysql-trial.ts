/** MySQL and MariaDB servers of drills. */
import { randomBytes } from "node:crypto";
import {
  dumpTrials,
  objectTallies,
  rowTally,
  type Counted,
  type Tally,
  type TrialQuestion,
} from "../../dump/dump-trials.ts";
import { ownerMark } from "../../dump/name-beside.ts";
import type { StackContext } from "../../dump/service-place.ts";
import type { ReadableDump } from "../../ports/dump-restorer.ts";
import type { DumpTrials } from "../../ports/dump-trial.ts";
import { findTools, query, type MysqlLogin } from "./client.ts";
import { SqlDumpExaminer } from "./exam-sql.ts";
import { mysqlRestorer } from "./mysql-restorer.ts";
import type { MysqlOptions } from "./options.ts";
import { quoteName, textOf } from "./quoting.ts";

/** While its image sets it up, it answers on its socket only. Who it is that asks does not matter. */
const PROBE = `for name in mariadb-admin mysqladmin; do
  if command -v "$name" >/dev/null; then exec "$name" --protocol=tcp --host=127.0.0.1 --connect-timeout=5 ping; fi
done; exit 127`;

export function mysqlTrials(options: MysqlOptions, context: StackContext): DumpTrials {
  const { service, runAs } = options;
  const login = { runAs };
  const password = randomBytes(16).toString("hex");
  return dumpTrials(
    {
      ...{ service, runAs },
      // Nobody outside of the container can reach it; its image wants one all the same.
      env: { MYSQL_ROOT_PASSWORD: password, MARIADB_ROOT_PASSWORD: password },
      probe: { name: "mysqladmin", command: ["sh", "-c", PROBE], user: runAs },
      restorer: (open) =>
        mysqlRestorer({ ...options, user: undefined, password: undefined }, ownerMark(context), open),
      counter: () => new SqlDumpExaminer(),
      count: (asked, counted) => count(asked, counted, login),
      ask: (asked, sql, database) => answerOf(asked, login, sql, database),
    },
    context,
  );
}

/** Where each kind of thing stands in the server's own tables: with what they are called in a record. */
const COUNTED: readonly (readonly [what: string, of: string])[] = [
  ["tables", "TABLES WHERE TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE') AND TABLE_SCHEMA"],
  ["views", "TABLES WHERE TABLE_TYPE = 'VIEW' AND TABLE_SCHEMA"],
  ["sequences", "TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND TABLE_SCHEMA"],
  ["triggers", "TRIGGERS WHERE TRIGGER_SCHEMA"],
  ["events", "EVENTS WHERE EVENT_SCHEMA"],
];
/** Tables whose rows one query counts: a command line has room for their names. */
const AT_ONCE = 100;

async function count(
  asked: TrialQuestion,
  { dump, counter }: Counted<SqlDumpExaminer>,
  login: MysqlLogin,
): Promise<Tally[]> {
  const databases = databasesIn(dump);
  if (databases.length === 0) return [];
  const numbers = await numbersFrom(asked, login);
  const names = databases.map(textOf).join(", ");
  const counts = await numbers(
    COUNTED.map(([what, of]) => `SELECT '${what}', COUNT(*) FROM information_schema.${of} IN (${names})`),
  );
  const of = databases.length === 1 ? `Database ${databases.join("")}` : "The server";
  const tallies = objectTallies(of, dump, counts);
  // What lacks a table cannot be asked for its rows.
  if (tallies.some(({ there, dumped }) => there < dumped)) return tallies;
  const tables = [...(counter.rows ?? [])].map(([table, rows]) => {
    const name = dump.database === undefined ? table : `${quoteName(dump.database)}.${table}`;
    return { name, rows };
  });
  for (let from = 0; from < tables.length; from += AT_ONCE) {
    const some = tables.slice(from, from + AT_ONCE);
    const there = await numbers(some.map(({ name }, at) => `SELECT ${at}, COUNT(*) FROM ${name}`));
    for (const [at, { name, rows }] of some.entries())
      tallies.push(rowTally(`Table ${name}`, there.get(String(at)), rows));
  }
  return tallies;
}

function databasesIn(dump: ReadableDump): string[] {
  const named = dump["databases"];
  if (Array.isArray(named)) return named.map(String);
  return dump.database === undefined ? [] : [dump.database];
}

/** Of selects, each of a name and a number. */
async function numbersFrom({ place, ...asked }: TrialQuestion, login: MysqlLogin) {
  const { client } = await findTools(place, asked);
  return async (selects: readonly string[]): Promise<Map<string, number>> => {
    const sql = selects.join(" UNION ALL ");
    const rows = await query(place, login, { client, sql, database: "information_schema", ...asked });
    return new Map(rows.map(([name = "", number]) => [name, Number(number)]));
  };
}

/** As the client writes it: columns parted by tabs. */
async function answerOf(
  { place, ...asked }: TrialQuestion,
  login: MysqlLogin,
  sql: string,
  database: string | undefined,
): Promise<string> {
  const { client } = await findTools(place, asked);
  const rows = await query(place, login, { client, sql, database, ...asked });
  return rows.map((columns) => columns.join("\t")).join("\n");
}
