/** PostgreSQL servers of drills. */
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
import type { DumpTrials } from "../../ports/dump-trial.ts";
import { postgresTool, query, type PostgresLogin } from "./client.ts";
import { CustomDumpExaminer } from "./exam-custom.ts";
import { PlainDumpExaminer } from "./exam-plain.ts";
import type { PostgresOptions } from "./options.ts";
import { ROLES } from "./postgres-kind.ts";
import { isPlain, postgresRestorer } from "./postgres-restorer.ts";

export function postgresTrials(options: PostgresOptions, context: StackContext): DumpTrials {
  const { service, runAs } = options;
  const login = { runAs };
  return dumpTrials(
    {
      ...{ service, runAs },
      // Nobody outside of the container can reach it; its image wants one all the same.
      env: { POSTGRES_PASSWORD: randomBytes(16).toString("hex") },
      // While its image sets it up, it answers on its socket only.
      probe: postgresTool(login, ["pg_isready", "--quiet", "--host=127.0.0.1"]),
      restorer: (open) =>
        postgresRestorer({ ...options, user: undefined, password: undefined }, ownerMark(context), open),
      counter(dump): Examiner {
        if (dump.object === `${ROLES}.zst`) return new PlainDumpExaminer("cluster");
        return isPlain(dump) ? new PlainDumpExaminer("database") : new CustomDumpExaminer();
      },
      count: (asked, counted) => count(asked, counted, login),
      ask: ({ place, ...asked }, sql, database) => query(place, login, { sql, database, ...asked }),
    },
    context,
  );
}

type Examiner = PlainDumpExaminer | CustomDumpExaminer;

/** More than a dump holds: those of extensions are in none. */
const OBJECTS = `SELECT count(*) FILTER (WHERE c.relkind IN ('r', 'p')), count(*) FILTER (WHERE c.relkind = 'v'),
  count(*) FILTER (WHERE c.relkind = 'S')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
const COUNTED = ["tables", "views", "sequences"] as const;
/** Tables whose rows one query counts: a command line has room for their names. */
const AT_ONCE = 100;

async function count(
  { place, ...asked }: TrialQuestion,
  { dump, counter }: Counted<Examiner>,
  login: PostgresLogin,
): Promise<Tally[]> {
  const { database } = dump;
  if (database === undefined) return [];
  const numbers = async (sql: string): Promise<number[][]> =>
    (await query(place, login, { sql, database, ...asked }))
      .trim()
      .split("\n")
      .map((row) => row.split("|").map(Number));
  const [objects = []] = await numbers(OBJECTS);
  const tallies = objectTallies(
    `Database ${database}`,
    dump,
    new Map(COUNTED.map((what, at) => [what, objects[at]])),
  );
  // What lacks a table cannot be asked for its rows.
  if (tallies.some(({ there, dumped }) => there < dumped)) return tallies;
  const tables = [...((counter instanceof CustomDumpExaminer ? counter.rows : undefined) ?? [])];
  for (let from = 0; from < tables.length; from += AT_ONCE) {
    const some = tables.slice(from, from + AT_ONCE);
    const selects = some.map(([table], at) => `SELECT ${at}, count(*) FROM ${table}`);
    const there = new Map((await numbers(selects.join(" UNION ALL "))).map(([at, rows]) => [at, rows]));
    for (const [at, [table, dumped]] of some.entries())
      tallies.push(rowTally(`Table ${table} of database ${database}`, there.get(at), dumped));
  }
  return tallies;
}
