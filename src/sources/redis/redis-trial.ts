/** Redis and Valkey servers of drills. */
import { askTool } from "../../dump/ask-tool.ts";
import { dumpTrials, type Counted, type Tally, type TrialQuestion } from "../../dump/dump-trials.ts";
import { ownerMark } from "../../dump/name-beside.ts";
import type { StackContext } from "../../dump/service-place.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { DAY } from "../../domain/instant.ts";
import type { DumpTrials } from "../../ports/dump-trial.ts";
import { KeyCounter } from "./count-keys.ts";
import { ASK, askServer, keyspaceOf, redisTool, type RedisLogin } from "./client.ts";
import type { RedisOptions } from "./options.ts";
import { readReply } from "./redis-reply.ts";
import { redisRestorer } from "./redis-restorer.ts";

export function redisTrials(options: RedisOptions, context: StackContext): DumpTrials {
  const { service, runAs } = options;
  const login: RedisLogin = { runAs, options: [] };
  const { clock } = context;
  // What expires before is gone from the server, maybe: a drill that takes longer does not count it.
  const lastsBehind = clock.now() + DAY;
  return dumpTrials(
    {
      ...{ service, runAs },
      // Nobody outside of the container can reach it; some images want that said.
      env: { ALLOW_EMPTY_PASSWORD: "yes" },
      probe: redisTool(login, ASK),
      restorer: (open) =>
        redisRestorer(
          { ...options, user: undefined, password: undefined, options: [] },
          ownerMark(context),
          open,
        ),
      counter: () => new KeyCounter({ lastsBehind }),
      count: (asked, counted) => count(asked, counted, { login, canTell: () => clock.now() < lastsBehind }),
      ask: (asked, query, database) => answerOf(asked, login, query, database),
    },
    context,
  );
}

async function count(
  { place, ...asked }: TrialQuestion,
  { counter }: Counted<KeyCounter>,
  { login, canTell }: { login: RedisLogin; canTell: () => boolean },
): Promise<Tally[]> {
  const there = keyspaceOf(await askServer(place, login, asked));
  return [...(counter.databases ?? [])].flatMap(([database, dumped]): Tally[] => {
    const { keys, expiring } = there.get(database) ?? { keys: 0, expiring: 0 };
    const of = `Database ${database}`;
    return [
      { of, what: "keys that never expire", there: keys - expiring, dumped: dumped.keys - dumped.expiring },
      { of, what: "keys that expire", there: expiring, dumped: canTell() ? dumped.lasting : 0 },
    ];
  });
}

/** A line as redis-cli takes them. */
async function answerOf(
  { place, what, signal }: TrialQuestion,
  { runAs }: RedisLogin,
  query: string,
  database: string | undefined,
): Promise<string> {
  const options = ["--no-raw", ...(database === undefined ? [] : ["-n", database])];
  const tool = { ...redisTool({ runAs, options }, `exec "$@"`), stdin: once(Buffer.from(`${query}\n`)) };
  const reply = readReply(await askTool(place, tool, { what, signal }));
  if ("value" in reply) return reply.value;
  throw new HoldfastError("source", { what, why: `it refuses \`${query}\`: ${reply.refused}` });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
