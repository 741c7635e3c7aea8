/** MongoDB servers of drills. */
import { askTool } from "../../dump/ask-tool.ts";
import { dumpTrials, type Counted, type Tally, type TrialQuestion } from "../../dump/dump-trials.ts";
import type { ToolRun } from "../../dump/dump-kind.ts";
import type { StackContext } from "../../dump/service-place.ts";
import type { DumpTrials } from "../../ports/dump-trial.ts";
import type { CountedCollection } from "./archive-contents.ts";
import { ArchiveExaminer } from "./exam-archive.ts";
import { mongodbRestorer } from "./mongodb-restorer.ts";
import type { MongodbOptions } from "./options.ts";

/** Older images have the older shell. What is asked comes in a variable. */
const SHELL = `for shell in mongosh mongo; do
  if command -v "$shell" >/dev/null; then exec "$shell" --quiet --norc "$1" --eval "$HOLDFAST_QUERY" </dev/null; fi
done; exit 127`;

export function mongodbTrials(options: MongodbOptions, context: StackContext): DumpTrials {
  const { service, runAs } = options;
  return dumpTrials(
    {
      // Without variables its image makes a server that knows no users.
      ...{ service, runAs, env: {} },
      probe: shell("if (db.adminCommand({ ping: 1 }).ok !== 1) throw new Error('not yet')", "admin", runAs),
      restorer: (open) => mongodbRestorer({ ...options, user: undefined, password: undefined }, open),
      counter: () => new ArchiveExaminer({ mustHold: false }),
      count: (asked, counted) => count(asked, counted, runAs),
      ask: ({ place, ...asked }, query, database = "admin") =>
        askTool(place, shell(query, database, runAs), asked),
    },
    context,
  );
}

function shell(query: string, database: string, runAs: string | undefined): ToolRun {
  const command = ["sh", "-c", SHELL, "sh", database];
  return { name: "mongosh", command, env: { HOLDFAST_QUERY: query }, user: runAs };
}

/** Collections that one question counts: a variable has room for their names. */
const AT_ONCE = 100;

async function count(
  { place, ...asked }: TrialQuestion,
  { counter }: Counted<ArchiveExaminer>,
  runAs: string | undefined,
): Promise<Tally[]> {
  const { collections, hasOplog } = counter;
  const there = new Map<CountedCollection, number>();
  for (let from = 0; from < collections.length; from += AT_ONCE) {
    const some = collections.slice(from, from + AT_ONCE);
    const names = JSON.stringify(some.map(({ db, name }) => [db, name]));
    const answer = await askTool(
      place,
      shell(
        COUNTS.replace("NAMES", () => names),
        "admin",
        runAs,
      ),
      asked,
    );
    const numbers = JSON.parse(/^counts=(.*)$/m.exec(answer)?.[1] ?? "[]") as number[];
    for (const [at, collection] of some.entries()) {
      const documents = numbers[at] ?? NONE;
      if (documents !== NONE) there.set(collection, documents);
    }
  }
  const ofDatabases = Map.groupBy(collections, ({ db }) => db);
  return [
    ...[...ofDatabases].map(([db, of]) => ({
      ...{ of: `Database ${db}`, what: "collections", dumped: of.length },
      there: of.filter((collection) => there.has(collection)).length,
    })),
    // What happened while they were dumped has changed how many documents there are.
    ...[...there].flatMap(([{ db, name, documents }, count]) =>
      hasOplog ? [] : { of: `Collection ${db}.${name}`, what: "documents", there: count, dumped: documents },
    ),
  ];
}

const NONE = -1;
const COUNTS = `print("counts=" + JSON.stringify(NAMES.map(([db_, name]) => {
  const at = db.getSiblingDB(db_);
  return at.getCollectionNames().includes(name) ? Number(at.getCollection(name).countDocuments({})) : ${NONE};
})))`;
