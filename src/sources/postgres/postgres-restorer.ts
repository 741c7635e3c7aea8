/** Gives dumps back to a PostgreSQL server: each into a fresh database, which takes the place of the one in use when all are whole. */
import { askTool } from "../../dump/ask-tool.ts";
import type { OpenPlace } from "../../dump/service-place.ts";
import { examined } from "../../dump/examined.ts";
import { isBeside, nameBeside } from "../../dump/name-beside.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { DumpRestore, DumpRestorer, ReadableDump, RestoredDumps } from "../../ports/dump-restorer.ts";
import { ByteStream } from "./byte-stream.ts";
import { execute, postgresTool, query } from "./client.ts";
import { readToc, type Toc } from "./custom-toc.ts";
import { CustomDumpExaminer } from "./exam-custom.ts";
import { PlainDumpExaminer } from "./exam-plain.ts";
import { drop, exchange, makeFresh, otherThan, type Exchange, type Server } from "./fresh-database.ts";
import { missingRoles } from "./missing-roles.ts";
import type { PostgresOptions } from "./options.ts";
import { ROLES } from "./postgres-kind.ts";

/** `owner`: of the job, by name-beside.ts. */
export function postgresRestorer(options: PostgresOptions, owner: string, open: OpenPlace): DumpRestorer {
  const { service, stopForRestore } = options;
  const serverOf = async (request: DumpRestore): Promise<Server> => {
    const to = request.service ?? service;
    const what = `Restoring to service ${to}`;
    const place = await open({ service: to, what, signal: request.signal });
    // The container of another service has users and passwords of its own.
    const login = to === service ? options : { runAs: options.runAs };
    return { place, login, owner, what, signal: request.signal };
  };
  return {
    ...{ service, stopForRestore, hasDatabases: true, isAtomic: true },
    async look(request) {
      const server = await serverOf(request);
      const there = await namesOf(server, "SELECT datname FROM pg_database");
      return targetsOf(request).flatMap(({ database }) =>
        there.has(database) ? [`database ${database}`] : [],
      );
    },
    restore: async (request) => restore(await serverOf(request), request),
  };
}

interface Target {
  dump: ReadableDump;
  /** Which it is to be. */
  database: string;
}

function targetsOf({ dumps, database }: DumpRestore): Target[] {
  const ofDatabases = dumps.filter((dump) => dump.database !== undefined);
  if (database !== undefined && ofDatabases.length > 1) {
    throw new HoldfastError("usage", {
      what: `Restoring into database ${database}`,
      why: `the point holds ${ofDatabases.length} databases`,
      next: "leave out --database, or restore with --to DIRECTORY and give the one dump to pg_restore",
    });
  }
  return ofDatabases.map((dump) => ({ dump, database: database ?? dump.database ?? "" }));
}

async function restore(server: Server, request: DumpRestore): Promise<RestoredDumps> {
  const targets = targetsOf(request);
  const databases = targets.map(({ database }) => database);
  const from = otherThan(databases);
  const there = await namesOf(server, "SELECT datname FROM pg_database");
  // Of a restore of this job that was killed: it is in use by nobody. That of another job may be under way.
  await drop(
    server,
    [...there].filter((name) => isBeside(name, "new", server.owner)),
    from,
  );
  await makeRoles(server, request, from);
  const exchanges: Exchange[] = [];
  const progress = progressOf(request);
  try {
    for (const { dump, database } of targets) {
      const toc = isPlain(dump) ? undefined : await tocOf(dump, server);
      const fresh = nameBeside(database, "new", server.owner);
      const old = there.has(database) ? nameBeside(database, "old", server.owner) : undefined;
      exchanges.push({ database, fresh, old, properties: propertiesOf(toc, database) });
      await makeFresh(server, { fresh, from, toc });
      await fill(server, { dump, fresh }, progress);
    }
    await exchange(server, exchanges, from);
  } catch (error) {
    await abandon(server, exchanges, from);
    throw error;
  }
  return restored(server, exchanges, from);
}

/** It has a signal that has fired, maybe. What cannot be dropped is by the next restore. */
async function abandon(server: Server, exchanges: readonly Exchange[], from: string): Promise<void> {
  const { signal } = new AbortController();
  await drop(
    { ...server, signal },
    exchanges.map(({ fresh }) => fresh),
    from,
  ).catch(() => undefined);
}

function restored(server: Server, exchanges: readonly Exchange[], from: string): RestoredDumps {
  const olds = exchanges.flatMap(({ old }) => old ?? []);
  return {
    warnings: [],
    kept: olds.length === 0 ? undefined : `database ${olds.join(", ")} of ${server.place.name}`,
    accept: (signal) => drop({ ...server, signal }, olds, from),
    async revert(signal) {
      const back = exchanges.flatMap(({ database, fresh, old }) =>
        old === undefined ? [] : [{ database, fresh: old, old: fresh, properties: [] }],
      );
      await exchange({ ...server, signal }, back, from);
      await drop(
        { ...server, signal },
        back.map(({ old }) => old),
        from,
      );
    },
  };
}

async function fill(
  { place, login, what, signal }: Server,
  { dump, fresh }: { dump: ReadableDump; fresh: string },
  onBytes: (count: number) => void,
): Promise<void> {
  const command = isPlain(dump)
    ? [
        "psql",
        "--no-psqlrc",
        "--no-password",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        "--file=-",
      ]
    : ["pg_restore", "--no-password", "--exit-on-error", `--dbname=${fresh}`];
  const examiner = isPlain(dump) ? new PlainDumpExaminer("database") : new CustomDumpExaminer();
  const stdin = examined(dump.read(signal), {
    examiner,
    onBytes,
    what: `${what}, database ${dump.database ?? ""},`,
  });
  await askTool(
    place,
    { ...postgresTool(login, command, fresh), stdin },
    {
      what: `${what}, database ${dump.database ?? ""},`,
      signal,
    },
  );
}

/** Those that the server has stay as they are. */
async function makeRoles(server: Server, { dumps, signal }: DumpRestore, from: string): Promise<void> {
  const dump = dumps.find(({ object }) => object === `${ROLES}.zst`);
  if (dump === undefined) return;
  const chunks = await Array.fromAsync(dump.read(signal));
  const there = await namesOf(server, "SELECT rolname FROM pg_roles");
  const missing = missingRoles(Buffer.concat(chunks).toString("utf8"), there);
  if (missing.length === 0) return;
  await execute(server.place, server.login, { ...server, sql: missing.join("\n"), database: from });
}

async function namesOf(server: Server, sql: string): Promise<Set<string>> {
  const names = await query(server.place, server.login, {
    ...server,
    sql: `SELECT coalesce(json_agg(name), '[]') FROM (${sql}) AS names (name)`,
    database: "postgres",
  });
  return new Set(JSON.parse(names) as string[]);
}

async function tocOf(dump: ReadableDump, { what, signal }: Server): Promise<Toc> {
  const bytes = new ByteStream();
  const reading = readToc(bytes);
  reading.next();
  for await (const chunk of dump.read(signal)) {
    bytes.give(chunk);
    const next = reading.next();
    if (next.done === true) return next.value;
    bytes.keepRest();
  }
  throw new HoldfastError("damaged", { what, why: `${dump.object} ends within its table of contents` });
}

/** Of a database under another name than it had they are not known to fit. */
function propertiesOf(toc: Toc | undefined, database: string): string[] {
  if (toc === undefined || toc.database !== database) return [];
  return toc.ofDatabase.flatMap(({ type, definition }) => (type === "DATABASE" ? [] : definition));
}

export function isPlain({ format }: ReadableDump): boolean {
  return format === "pg_dump, plain";
}

function progressOf({ onProgress }: DumpRestore): (count: number) => void {
  let bytes = 0;
  return (count) => onProgress?.((bytes += count));
}
