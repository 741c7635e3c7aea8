/** PostgreSQL servers of drills: made by the image of the server that is dumped, with nothing of it but its dumps. */
import { randomBytes } from "node:crypto";
import { askTool } from "../../dump/ask-tool.ts";
import { ownerMark } from "../../dump/name-beside.ts";
import { ServicePlace, type StackContext } from "../../dump/service-place.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Container } from "../../ports/container-runtime.ts";
import type { ReadableDump } from "../../ports/dump-restorer.ts";
import type { DumpTrials, TrialServer } from "../../ports/dump-trial.ts";
import { postgresTool, query } from "./client.ts";
import type { PostgresOptions } from "./options.ts";
import { postgresRestorer } from "./postgres-restorer.ts";

export function postgresTrials(options: PostgresOptions, context: StackContext): DumpTrials {
  return {
    service: options.service,
    container: {
      // Nobody outside of the container can reach it; its image wants one all the same.
      env: { POSTGRES_PASSWORD: randomBytes(16).toString("hex") },
      // To give the directory of its data to its own user, and to become that.
      capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
    },
    open: (container) => serverIn(container, options, context),
  };
}

/** All but those of extensions, which are in no dump. */
const TABLES = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

function serverIn(container: Container, options: PostgresOptions, context: StackContext): TrialServer {
  const { runAs } = options;
  const name = `${options.service} of the drill`;
  const place = new ServicePlace({ service: name, user: runAs, container, others: 0 }, context);
  const login = { runAs };
  const restorer = postgresRestorer(
    { ...options, user: undefined, password: undefined },
    ownerMark(context),
    async () => place,
  );
  const what = `Asking service ${name}`;
  return {
    async isReady(signal) {
      // While its image sets it up, it answers on its socket only.
      const tool = postgresTool(login, ["pg_isready", "--quiet", "--host=127.0.0.1"]);
      try {
        await askTool(place, tool, { what, signal });
        return true;
      } catch (error) {
        if (signal.aborted || !(error instanceof HoldfastError)) throw error;
        return false;
      }
    },
    async restore({ dumps, signal, onProgress }) {
      const restored = await restorer.restore({ dumps, signal, onProgress });
      await restored.accept(signal);
    },
    async compare(dumps, signal) {
      const problems: string[] = [];
      for (const { database, tables } of dumps as (ReadableDump & { tables?: unknown })[]) {
        if (database === undefined || typeof tables !== "number") continue;
        const there = Number(await query(place, login, { sql: TABLES, database, what, signal }));
        if (there < tables)
          problems.push(
            `Database ${database} has ${there} tables when it is restored, and its dump ${tables}.`,
          );
      }
      return problems;
    },
    ask: async ({ query: sql, database }, signal) =>
      (await query(place, login, { sql, database, what, signal })).trim(),
  };
}
