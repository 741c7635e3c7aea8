/** The `mongodb` kind: all databases of a server, or one, as mongodump in its container writes them into one archive. */
import type { DumpKind, DumpPlan, ToolPlace } from "../../dump/dump-kind.ts";
import { mongodbTool, replicaSetOf } from "./client.ts";
import { ArchiveExaminer } from "./exam-archive.ts";
import type { MongodbOptions } from "./options.ts";

export function mongodbKind(options: MongodbOptions): DumpKind {
  const { service, database, allowEmpty } = options;
  const source = `service ${service}`;
  return {
    ...{ kind: "mongodb", source, allowEmpty },
    plan: (place, signal) => plan(options, place, signal),
    async inspect(place, signal) {
      const asked = { what: `Asking the server of ${source}`, signal };
      const isUnknown =
        database === undefined &&
        options.oplog === "auto" &&
        (await replicaSetOf(place, options, asked)) === undefined;
      return isUnknown
        ? [
            `Nothing in ${place.name} tells whether its server is of a replica set: say \`oplog: true\` if it is, or \`false\`.`,
          ]
        : [];
    },
  };
}

async function plan(options: MongodbOptions, place: ToolPlace, signal: AbortSignal): Promise<DumpPlan> {
  const { service, database, allowEmpty } = options;
  const what = database === undefined ? "all databases" : `database ${database}`;
  const hasOplog = await wantsOplog(options, place, {
    what: `Dumping ${what} of service ${service}`,
    signal,
  });
  const of = database === undefined ? [] : [`--db=${database}`];
  const command = ["mongodump", "--archive", ...of, ...(hasOplog ? ["--oplog"] : []), ...options.options];
  return {
    parts: [
      {
        ...{ name: "dump.archive", what },
        tool: mongodbTool(options, command),
        // mongodump takes a database that is not there for an empty one.
        examiner: new ArchiveExaminer({ mustHold: database !== undefined && !allowEmpty }),
        facts: {
          ...(database === undefined ? {} : { database }),
          ...{ format: "mongodump, archive", oplog: hasOplog ? "yes" : "no" },
        },
      },
    ],
    ...{ facts: { service }, warnings: [] },
  };
}

/** Of one database there is none. */
async function wantsOplog(
  options: MongodbOptions,
  place: ToolPlace,
  asked: { what: string; signal: AbortSignal },
): Promise<boolean> {
  const { database, oplog } = options;
  if (database !== undefined) return false;
  if (oplog !== "auto") return oplog;
  return ((await replicaSetOf(place, options, asked)) ?? "") !== "";
}
