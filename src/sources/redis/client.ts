/** Runs redis-cli, or Valkey's, in the server's container. */
import { askTool } from "../../dump/ask-tool.ts";
import type { ToolPlace, ToolRun } from "../../dump/dump-kind.ts";

/**
 * The container's own variables and secret files may say the password: they are read by a shell in it, so that this process never
 * knows them. It goes to the tool in a variable, which no list of processes shows. Behind this `"$@"` is the tool with its options.
 */
const LOGIN = `
password=\${HOLDFAST_PASSWORD:-\${REDISCLI_AUTH:-}}
for name in REDIS_PASSWORD VALKEY_PASSWORD; do
  eval "value=\\\${$name:-} file=\\\${\${name}_FILE:-}"
  if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file") || exit 1; fi
  password=\${password:-$value}
done
if [ -n "$password" ]; then export REDISCLI_AUTH="$password" VALKEYCLI_AUTH="$password"; fi
if [ -n "\${HOLDFAST_USER:-}" ]; then set -- --user "$HOLDFAST_USER" "$@"; fi
unset HOLDFAST_PASSWORD HOLDFAST_USER password value file
program=
for name in redis-cli valkey-cli; do
  if [ -z "$program" ] && command -v "$name" >/dev/null; then program=$name; fi
done
if [ -z "$program" ]; then exit 127; fi
set -- "$program" "$@"
`;

/** Redis answers what it refuses with text, and its tool calls that a success. */
export const ASK = `
answer=$("$@" INFO) || exit $?
case $answer in *redis_version:*) printf '%s\\n' "$answer" ;; *) printf '%s\\n' "$answer" >&2; exit 1 ;; esac`;

export const STREAM = `exec "$@" --rdb -`;

/** Waits for a save that runs, begins one, waits for it, and reads its file, which a later one replaces but does not change. */
export const BGSAVE = `
told() { name=$1; shift; "$@" INFO persistence | tr -d '\\r' | sed -n "s/^$name://p"; }
setting() { name=$1; shift; "$@" CONFIG GET "$name" | sed -n 2p; }
fail() { echo "BGSAVE failed: $1" >&2; exit 1; }
while [ "$(told rdb_bgsave_in_progress "$@")" = 1 ]; do sleep 1; done
before=$("$@" LASTSAVE); sleep 1
answer=$("$@" BGSAVE SCHEDULE)
case $answer in *started*|*scheduled*) ;; *) fail "$answer" ;; esac
while :; do
  now=$("$@" LASTSAVE)
  case $now in ''|*[!0-9]*) fail "$now" ;; esac
  if [ "$now" != "$before" ]; then break; fi
  running=$(told rdb_bgsave_in_progress "$@")$(told aof_rewrite_in_progress "$@")
  if [ "$running" = 00 ] && [ "$(told rdb_last_bgsave_status "$@")" = err ]; then fail "the server's log tells why"; fi
  sleep 1
done
directory=$(setting dir "$@"); file=$(setting dbfilename "$@")
if [ -z "$directory" ] || [ -z "$file" ]; then fail "CONFIG GET does not tell where its file is"; fi
exec cat "$directory/$file"`;

export interface RedisLogin {
  user?: string | undefined;
  password?: string | undefined;
  /** In the container. */
  runAs?: string | undefined;
  /** Of the tool. */
  options: readonly string[];
}

export function redisTool({ user, password, runAs, options }: RedisLogin, work: string): ToolRun {
  return {
    name: "redis-cli",
    command: ["sh", "-c", `${LOGIN}${work}`, "sh", ...options],
    env: {
      ...(user === undefined ? {} : { HOLDFAST_USER: user }),
      ...(password === undefined ? {} : { HOLDFAST_PASSWORD: password }),
    },
    secrets: password === undefined ? [] : [password],
    user: runAs,
  };
}

/** What the server tells of itself, by name. */
export async function askServer(
  place: ToolPlace,
  login: RedisLogin,
  asked: { what: string; signal: AbortSignal },
): Promise<Map<string, string>> {
  const answer = await askTool(place, redisTool(login, ASK), asked);
  const fields = answer.split(/\r?\n/).map((line) => line.split(/:(.*)/, 2));
  return new Map(fields.map(([name = "", value = ""]) => [name, value]));
}

export interface KeysThere {
  keys: number;
  /** Those of them that expire. */
  expiring: number;
}

/** By database, of what the server tells of itself. */
export function keyspaceOf(info: ReadonlyMap<string, string>): Map<number, KeysThere> {
  return new Map(
    [...info].flatMap(([name, value]) => {
      const [, database] = /^db(\d+)$/.exec(name) ?? [];
      const [, keys = 0, expiring = 0] = /^keys=(\d+),expires=(\d+)/.exec(value) ?? [];
      if (database === undefined) return [];
      return [[Number(database), { keys: Number(keys), expiring: Number(expiring) }] as const];
    }),
  );
}

/** Of all databases. */
export function keysIn(info: ReadonlyMap<string, string>): number {
  return keyspaceOf(info)
    .values()
    .reduce((sum, { keys }) => sum + keys, 0);
}
