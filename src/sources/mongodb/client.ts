/** Runs MongoDB's tools in the server's container. */
import { askTool } from "../../dump/ask-tool.ts";
import type { ToolPlace, ToolRun } from "../../dump/dump-kind.ts";

/**
 * The container's own variables and secret files say who may do everything there: they are read by a shell in it, so that this
 * process never knows them. A password goes to the tool through a pipe, as a file of settings: no list of processes shows it, since the shell
 * itself writes it. Its standard input is for an archive.
 */
const LOGIN = `
given() { eval "value=\\\${$1:-} file=\\\${$1_FILE:-}"; if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file") || exit 1; fi; }
user=\${HOLDFAST_USER:-}
password=\${HOLDFAST_PASSWORD:-}
given MONGO_INITDB_ROOT_USERNAME; root=$value
if [ -z "$user" ]; then user=$root; fi
if [ -z "$password" ] && [ -n "$user" ] && [ "$user" = "$root" ]; then given MONGO_INITDB_ROOT_PASSWORD; password=$value; fi
source=$HOLDFAST_SOURCE
unset HOLDFAST_USER HOLDFAST_PASSWORD HOLDFAST_SOURCE MONGO_INITDB_ROOT_PASSWORD value file root
command -v "$1" >/dev/null || exit 127
if [ -z "$HOLDFAST_INPUT" ]; then exec 4</dev/null; else exec 4<&0; fi
unset HOLDFAST_INPUT
if [ -z "$user" ]; then exec "$@" <&4 4<&-; fi
set -- "$@" "--username=$user" "--authenticationDatabase=$source"
if [ -z "$password" ]; then exec "$@" <&4 4<&-; fi
quoted=$(printf %s "$password" | sed "s/'/''/g")
{ printf "password: '%s'\\n" "$quoted" | "$@" --config=/dev/fd/3 3<&0 <&4; } 4<&4`;

/** Whoever asks needs no account for that. Older images have the older shell. */
const HELLO = `
for shell in mongosh mongo; do
  if command -v "$shell" >/dev/null; then
    exec "$shell" --quiet --norc "$@" --eval 'print("set=" + (db.isMaster().setName || ""))' </dev/null
  fi
done`;

export interface MongodbLogin {
  user?: string | undefined;
  password?: string | undefined;
  authenticationDatabase: string;
  /** In the container. */
  runAs?: string | undefined;
}

export function mongodbTool(login: MongodbLogin, command: readonly string[]): ToolRun {
  const { user, password, authenticationDatabase, runAs } = login;
  return {
    name: command[0] ?? "",
    command: ["sh", "-c", LOGIN, "sh", ...command],
    env: {
      HOLDFAST_SOURCE: authenticationDatabase,
      ...(user === undefined ? {} : { HOLDFAST_USER: user }),
      ...(password === undefined ? {} : { HOLDFAST_PASSWORD: password }),
    },
    secrets: password === undefined ? [] : [password],
    user: runAs,
  };
}

/** The replica set's name, empty for a server of its own; undefined where nothing in the container can ask. */
export async function replicaSetOf(
  place: ToolPlace,
  { runAs }: MongodbLogin,
  asked: { what: string; signal: AbortSignal },
): Promise<string | undefined> {
  const tool = { name: "mongosh", command: ["sh", "-c", HELLO, "sh"], user: runAs };
  const answer = await askTool(place, tool, asked);
  return /^set=(.*)$/m.exec(answer)?.[1]?.trim();
}
