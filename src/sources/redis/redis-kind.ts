/** The `redis` kind: all databases of a Redis or Valkey server at one moment, as the RDB that it writes for a replica, or for itself. */
import type { DumpKind, DumpPlan, ToolPlace } from "../../dump/dump-kind.ts";
import { askServer, BGSAVE, keysIn, keyspaceOf, redisTool, STREAM } from "./client.ts";
import { RdbExaminer } from "./exam-rdb.ts";
import type { RedisOptions } from "./options.ts";
import { releaseLeft } from "./redis-restorer.ts";
import { SyncMark } from "./sync-mark.ts";

/** `owner`: of the job, by name-beside.ts. */
export function redisKind(options: RedisOptions, owner: string): DumpKind {
  const { service, allowEmpty } = options;
  const source = `service ${service}`;
  return {
    ...{ kind: "redis", source, allowEmpty },
    plan: (place, signal) => plan({ options, owner }, place, signal),
    async inspect(place, signal) {
      const server = await look(options, place, { what: `Asking the server of ${source}`, signal });
      return server.isOneOfMany
        ? [
            `Service ${service} is a node of a cluster: only its own keys are dumped, so every node wants a job.`,
          ]
        : [];
    },
  };
}

async function plan(
  { options, owner }: { options: RedisOptions; owner: string },
  place: ToolPlace,
  signal: AbortSignal,
): Promise<DumpPlan> {
  const { service, method } = options;
  const asked = { what: `Dumping the keys of service ${service}`, signal };
  await releaseLeft({ place, login: options, owner, ...asked }, await askServer(place, options, asked));
  const { name, keys, databases, isAppendOnly } = await look(options, place, asked);
  const isStreamed = method === "stream";
  return {
    parts: [
      {
        ...{ name: "dump.rdb", what: "the keys" },
        tool: redisTool(options, isStreamed ? STREAM : BGSAVE),
        filter: isStreamed ? new SyncMark() : undefined,
        examiner: new RdbExaminer({ keys }),
        facts: { databases, method: isStreamed ? "redis-cli --rdb" : "BGSAVE" },
      },
    ],
    facts: { service, server: name, appendOnly: isAppendOnly },
    warnings: [],
  };
}

interface Look {
  /** `Redis 7.0.15` */
  name: string;
  /** Of all databases. */
  keys: number;
  databases: number;
  isAppendOnly: boolean;
  isOneOfMany: boolean;
}

async function look(
  options: RedisOptions,
  place: ToolPlace,
  asked: { what: string; signal: AbortSignal },
): Promise<Look> {
  const info = await askServer(place, options, asked);
  const valkey = info.get("valkey_version");
  return {
    name: valkey === undefined ? `Redis ${info.get("redis_version") ?? ""}` : `Valkey ${valkey}`,
    keys: keysIn(info),
    databases: keyspaceOf(info).size,
    isAppendOnly: info.get("aof_enabled") === "1",
    isOneOfMany: info.get("redis_mode") === "cluster",
  };
}
