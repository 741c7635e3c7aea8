/** Gives dumps back to a MySQL or MariaDB server: each into a fresh database, whose tables take the place of those in use when all are whole. */
import { askTool } from "../../dump/ask-tool.ts";
import { examined } from "../../dump/examined.ts";
import { nameBeside } from "../../dump/name-beside.ts";
import type { OpenPlace } from "../../dump/service-place.ts";
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { DumpRestore, DumpRestorer, ReadableDump, RestoredDumps } from "../../ports/dump-restorer.ts";
import { mysqlTool, READING } from "./client.ts";
import {
  drop,
  dropTriggers,
  exchange,
  isToUndo,
  prepare,
  putBack,
  run,
  tidy,
  undoDone,
  useCode,
  type Exchange,
} from "./exchange.ts";
import { SqlDumpExaminer } from "./exam-sql.ts";
import { accountName, missingAccounts } from "./missing-accounts.ts";
import { ACCOUNTS } from "./mysql-kind.ts";
import type { MysqlOptions } from "./options.ts";
import { quoteName } from "./quoting.ts";
import {
  ask,
  connect,
  databasesOf,
  foreignReferences,
  fromHex,
  schemaFacts,
  type Server,
} from "./schema-facts.ts";
import { DumpSplitter } from "./split-dump.ts";

/** `owner`: of the job, by name-beside.ts. */
export function mysqlRestorer(options: MysqlOptions, owner: string, open: OpenPlace): DumpRestorer {
  const { service, stopForRestore } = options;
  const serverOf = async ({ service: to = service, signal }: DumpRestore): Promise<Server> => {
    const what = `Restoring to service ${to}`;
    const place = await open({ service: to, what, signal });
    // The container of another service has users and passwords of its own.
    const login = to === service ? options : { runAs: options.runAs };
    return connect({ place, login, owner, what, signal });
  };
  return {
    ...{ service, stopForRestore, hasDatabases: true, isAtomic: true },
    async look(request) {
      const server = await serverOf(request);
      const databases = targetsOf(request).map(({ database }) => database);
      await assertNotReferredTo(server, databases);
      const there = await databasesOf(server);
      return databases.flatMap((database) => (there.has(database) ? [`database ${database}`] : []));
    },
    restore: async (request) => restore(await serverOf(request), request),
  };
}

interface Target {
  /** As the dump calls it. */
  dumped: string;
  /** Which it is to be. */
  database: string;
}

function targetsOf({ dumps, database }: DumpRestore): Target[] {
  const dump = dumpOf(dumps);
  const named = dump["databases"];
  const dumped = Array.isArray(named) ? named.map(String) : [dump.database ?? ""];
  if (database !== undefined && dumped.length > 1) {
    throw new HoldfastError("usage", {
      what: `Restoring into database ${database}`,
      why: `the point holds ${dumped.length} databases`,
      next: "leave out --database, or restore with --to DIRECTORY and give a part of the dump to the server's client",
    });
  }
  return dumped.map((name) => ({ dumped: name, database: database ?? name }));
}

function dumpOf(dumps: readonly ReadableDump[]): ReadableDump {
  const dump = dumps.find(({ object }) => object !== `${ACCOUNTS}.zst`);
  if (dump !== undefined) return dump;
  throw new HoldfastError("damaged", { what: "Restoring databases", why: "the point has no dump of any" });
}

async function restore(server: Server, request: DumpRestore): Promise<RestoredDumps> {
  await tidy(server);
  await makeAccounts(server, request);
  const targets = targetsOf(request).map((target) => ({
    ...target,
    fresh: nameBeside(target.database, "new", server.owner),
    old: nameBeside(target.database, "old", server.owner),
  }));
  try {
    const splitter = await fill(server, targets, request);
    const exchanges = targets.map(({ dumped, ...target }) => ({
      ...target,
      code: splitter.code.get(dumped) ?? splitter.code.get("") ?? { body: "", events: "" },
    }));
    const warnings: string[] = [];
    for (const one of exchanges) {
      await tryCode(server, one);
      warnings.push(...(await prepare(server, one)));
    }
    await exchange(server, exchanges);
    await drop(
      server,
      exchanges.map(({ fresh }) => fresh),
    );
    return restored(server, exchanges, warnings);
  } catch (error) {
    throw await abandon(server, targets, error);
  }
}

type Beside = Pick<Exchange, "database" | "fresh" | "old">;

/** All of the tables, with their rows; gives the code that belongs to them. */
async function fill(
  server: Server,
  targets: readonly (Target & Beside)[],
  { dumps, onProgress }: DumpRestore,
): Promise<DumpSplitter> {
  const { place, login, tools, what, signal } = server;
  const dump = dumpOf(dumps);
  const splitter = new DumpSplitter((name) => {
    const target = targets.find(({ dumped }) => dumped === name);
    if (target !== undefined) return target.fresh;
    throw new HoldfastError("damaged", { what, why: `the dump holds database ${name}, which it should not` });
  });
  const [only] = targets;
  // A dump of one database does not make it.
  const isUnnamed = dump.database !== undefined && only !== undefined;
  if (isUnnamed) await run(server, [`CREATE DATABASE ${quoteName(only.fresh)}${charsetOf(dump)};`]);
  let bytes = 0;
  const chunks = examined(dump.read(signal), {
    examiner: new SqlDumpExaminer(),
    onBytes: (count) => onProgress?.((bytes += count)),
    what,
  });
  const variables: Record<string, string> = isUnnamed
    ? { HOLDFAST_CONNECT: "yes", HOLDFAST_DATABASE: only.fresh }
    : {};
  const tool = mysqlTool(login, [tools.client, ...READING], variables);
  await askTool(place, { ...tool, stdin: tablesIn(chunks, splitter) }, { what, signal });
  return splitter;
}

async function* tablesIn(
  chunks: AsyncIterable<Uint8Array>,
  splitter: DumpSplitter,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const tables = splitter.push(chunk);
    if (tables.length > 0) yield tables;
  }
  yield splitter.finish();
}

/** Names of the server's own, as it told them; what is no such name is none. */
function charsetOf(dump: ReadableDump): string {
  const [characterSet, collation] = [dump["characterSet"], dump["collation"]].map(String);
  const isKnown = [characterSet, collation].every((name) => name !== undefined && /^[a-z0-9_]+$/.test(name));
  return isKnown && dump["characterSet"] !== undefined
    ? ` CHARACTER SET ${characterSet ?? ""} COLLATE ${collation ?? ""}`
    : "";
}

/** What would not work there fails here, where nothing is in use. Events would begin to: they are made at the end only. */
async function tryCode(server: Server, { fresh, code }: Exchange): Promise<void> {
  await run(server, useCode(fresh, code.body));
  await run(server, dropTriggers(fresh, await schemaFacts(server, fresh)));
}

/** What is in use is what it was, unless the server is gone: then it will be when the job runs next. Gives what to throw. */
async function abandon(server: Server, targets: readonly Beside[], error: unknown): Promise<unknown> {
  const late = { ...server, signal: new AbortController().signal };
  try {
    const there = await databasesOf(late);
    for (const { old, fresh } of targets) {
      if (there.has(old) && (await isToUndo(late, old))) await putBack(late, old);
      else await drop(late, [old, fresh]);
    }
    return error;
  } catch {
    return new HoldfastError(error instanceof HoldfastError ? error.code : "source", {
      what: server.what,
      why: error instanceof HoldfastError ? error.facts.why : messageOf(error),
      next: "what was there before is in use; if the server ended in the last moment of it, it is again when the job's next backup or restore begins",
      cause: error,
    });
  }
}

function restored(
  server: Server,
  exchanges: readonly Exchange[],
  warnings: readonly string[],
): RestoredDumps {
  const olds = exchanges.map(({ old }) => old);
  return {
    warnings,
    kept: `in database ${olds.join(", ")} of ${server.place.name}`,
    accept: (signal) => drop({ ...server, signal }, olds),
    async revert(signal) {
      await undoDone({ ...server, signal }, olds);
      for (const old of olds) await putBack({ ...server, signal }, old);
    },
  };
}

/** Those that the server has stay as they are. */
async function makeAccounts(server: Server, { dumps, signal }: DumpRestore): Promise<void> {
  const dump = dumps.find(({ object }) => object === `${ACCOUNTS}.zst`);
  if (dump === undefined) return;
  const chunks = await Array.fromAsync(dump.read(signal));
  const rows = await ask(server, "SELECT HEX(User), HEX(Host) FROM mysql.user");
  const there = new Set(rows.map(([name, host]) => accountName(fromHex(name), fromHex(host))));
  const missing = missingAccounts(Buffer.concat(chunks).toString("utf8"), there);
  await run(server, missing);
}

async function assertNotReferredTo(server: Server, databases: readonly string[]): Promise<void> {
  const [first, ...others] = await foreignReferences(server, databases);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new HoldfastError("refused", {
    what: server.what,
    why: `${first}${more} of another database refers to its tables by a foreign key, and would go on referring to the old ones`,
    next: "drop that key and make it again afterwards, or restore with --database into another one",
  });
}
