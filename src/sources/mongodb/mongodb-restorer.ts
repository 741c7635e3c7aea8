/** Gives an archive back to a MongoDB server by its own mongorestore, collection by collection: a server that fails in its middle has both. */
import { askTool } from "../../dump/ask-tool.ts";
import { examined } from "../../dump/examined.ts";
import type { OpenPlace } from "../../dump/service-place.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { DumpRestore, DumpRestorer, ReadableDump } from "../../ports/dump-restorer.ts";
import { mongodbTool } from "./client.ts";
import { ArchiveExaminer } from "./exam-archive.ts";
import type { MongodbOptions } from "./options.ts";

export function mongodbRestorer(options: MongodbOptions, open: OpenPlace): DumpRestorer {
  const { service, stopForRestore, authenticationDatabase, runAs } = options;
  return {
    ...{ service, stopForRestore, hasDatabases: true, isAtomic: false },
    async look(request) {
      const { service: to = service, dumps, signal } = request;
      optionsFor(dumpOf(dumps), request);
      await open({ service: to, what: `Restoring to service ${to}`, signal });
      const database = request.database ?? dumpOf(dumps).database;
      return [
        database === undefined
          ? `the collections of service ${to} that are in the dump`
          : `the collections of database ${database} that are in the dump`,
      ];
    },
    async restore(request: DumpRestore) {
      const { service: to = service, dumps, signal, onProgress } = request;
      const what = `Restoring to service ${to}`;
      const place = await open({ service: to, what, signal });
      // The container of another service has users and passwords of its own.
      const login = to === service ? options : { authenticationDatabase, runAs };
      const dump = dumpOf(dumps);
      const tool = mongodbTool(login, ["mongorestore", "--archive", ...optionsFor(dump, request)]);
      let bytes = 0;
      const stdin = examined(dump.read(signal), {
        examiner: new ArchiveExaminer({ mustHold: false }),
        onBytes: (count) => onProgress?.((bytes += count)),
        what,
      });
      await askTool(place, { ...tool, env: { ...tool.env, HOLDFAST_INPUT: "yes" }, stdin }, { what, signal });
      return { warnings: [], kept: undefined, accept: async () => undefined, revert: undefined };
    },
  };
}

/** What is there of a collection in the dump goes; the first document that is not taken fails the restore. */
function optionsFor(dump: ReadableDump, { database }: DumpRestore): string[] {
  const whole = ["--drop", "--stopOnError"];
  if (database === undefined || database === dump.database)
    return dump["oplog"] === "yes" ? [...whole, "--oplogReplay"] : whole;
  if (dump.database === undefined) {
    throw new HoldfastError("usage", {
      what: `Restoring into database ${database}`,
      why: "the point holds all databases of a server",
      next: "leave out --database, or restore with --to DIRECTORY and give the archive to mongorestore with --nsFrom and --nsTo",
    });
  }
  return [...whole, `--nsFrom=${dump.database}.*`, `--nsTo=${database}.*`];
}

function dumpOf([dump]: readonly ReadableDump[]): ReadableDump {
  if (dump !== undefined) return dump;
  throw new HoldfastError("damaged", { what: "Restoring an archive", why: "the point has no dump" });
}
