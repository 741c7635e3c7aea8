/** Wires sources that are dumps of servers: one line a kind. */
import { createDumpSource, type WithPlace } from "../dump/dump-source.ts";
import { ImagePlace } from "../dump/image-place.ts";
import { ownerMark } from "../dump/name-beside.ts";
import { openService, type OpenPlace, type StackContext } from "../dump/service-place.ts";
import type { SourceOptions } from "../config/schema.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { DumpTrials } from "../ports/dump-trial.ts";
import type { Source } from "../ports/source.ts";
import { commandKind } from "../sources/command/command-kind.ts";
import { commandRestorer } from "../sources/command/command-restorer.ts";
import { mongodbKind } from "../sources/mongodb/mongodb-kind.ts";
import { mongodbRestorer } from "../sources/mongodb/mongodb-restorer.ts";
import { mongodbTrials } from "../sources/mongodb/mongodb-trial.ts";
import { mysqlKind } from "../sources/mysql/mysql-kind.ts";
import { mysqlRestorer } from "../sources/mysql/mysql-restorer.ts";
import { mysqlTrials } from "../sources/mysql/mysql-trial.ts";
import { postgresKind } from "../sources/postgres/postgres-kind.ts";
import { redisKind } from "../sources/redis/redis-kind.ts";
import { redisRestorer } from "../sources/redis/redis-restorer.ts";
import { redisTrials } from "../sources/redis/redis-trial.ts";
import { postgresTrials } from "../sources/postgres/postgres-trial.ts";
import { postgresRestorer } from "../sources/postgres/postgres-restorer.ts";

export type DumpOptions = Extract<
  SourceOptions,
  { kind: "postgres" | "mysql" | "redis" | "mongodb" | "command" }
>;

export function createDump(options: DumpOptions, context: StackContext): Source {
  switch (options.kind) {
    case "postgres":
      return createDumpSource(postgresKind(options), inService(options.service, options.runAs, context));
    case "mysql":
      return createDumpSource(
        mysqlKind(options, ownerMark(context)),
        inService(options.service, options.runAs, context),
      );
    case "redis":
      return createDumpSource(
        redisKind(options, ownerMark(context)),
        inService(options.service, options.runAs, context),
      );
    case "mongodb":
      return createDumpSource(mongodbKind(options), inService(options.service, options.runAs, context));
    case "command": {
      const { service, image, networks, runAs } = options;
      const place =
        service === undefined
          ? inImage({ image: image ?? "", networks }, context)
          : inService(service, runAs, context);
      return createDumpSource(commandKind(options), place);
    }
  }
}

/** Undefined where its dumps cannot be given back. */
export function createDumpRestorer(options: SourceOptions, context: StackContext): DumpRestorer | undefined {
  const open: OpenPlace = ({ service, what, signal }) => {
    const user = "runAs" in options ? options.runAs : undefined;
    return openService({ service, user, what }, context, signal);
  };
  switch (options.kind) {
    case "postgres":
      return postgresRestorer(options, ownerMark(context), open);
    case "mysql":
      return mysqlRestorer(options, ownerMark(context), open);
    case "redis":
      return redisRestorer(options, ownerMark(context), open);
    case "mongodb":
      return mongodbRestorer(options, open);
    case "command":
      return commandRestorer(options, open);
    default:
      return undefined;
  }
}

/** Undefined where its dumps cannot be given to a server of a drill. */
export function createDumpTrials(options: SourceOptions, context: StackContext): DumpTrials | undefined {
  switch (options.kind) {
    case "postgres":
      return postgresTrials(options, context);
    case "mysql":
      return mysqlTrials(options, context);
    case "redis":
      return redisTrials(options, context);
    case "mongodb":
      return mongodbTrials(options, context);
    default:
      return undefined;
  }
}

function inService(service: string, user: string | undefined, context: StackContext): WithPlace {
  return async ({ what, signal }, work) => work(await openService({ service, user, what }, context, signal));
}

function inImage(choice: ConstructorParameters<typeof ImagePlace>[0], context: StackContext): WithPlace {
  return (_asked, work) => work(new ImagePlace(choice, context));
}
