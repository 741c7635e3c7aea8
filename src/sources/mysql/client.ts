/** Runs the tools of MySQL or MariaDB in the server's container, as root of the server unless its image or the config says another. */
import { askTool } from "../../dump/ask-tool.ts";
import type { ToolPlace, ToolRun } from "../../dump/dump-kind.ts";

/** Ends a script that is to be run as a whole. */
const END = "-- holdfast: end";

/**
 * The container's own variables and secret files say who may do everything there: they are read by a shell in it, so that this
 * process never knows them. A password goes to the tool in a variable, which no list of processes shows.
 */
const LOGIN = `
given() { value=; for name in "MARIADB_$1" "MYSQL_$1"; do
  eval "value=\\\${$name:-} file=\\\${\${name}_FILE:-}"
  if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file") || exit 1; fi
  if [ -n "$value" ]; then return; fi
done; }
given ROOT_PASSWORD; root=$value
given USER; member=$value
user=\${HOLDFAST_USER:-}
if [ -z "$user" ]; then if [ -n "$root" ] || [ -z "$member" ]; then user=root; else user=$member; fi; fi
password=\${HOLDFAST_PASSWORD:-}
if [ -z "$password" ] && [ "$user" = root ]; then password=$root; fi
if [ -z "$password" ] && [ "$user" = "$member" ]; then given PASSWORD; password=$value; fi
program=$1; shift
if [ -n "\${HOLDFAST_CONNECT:-}" ]; then
  given DATABASE; database=\${HOLDFAST_DATABASE:-$value}
  if [ -n "$database" ]; then set -- "--database=$database" "$@"; fi
fi
if [ -n "$password" ]; then export MYSQL_PWD="$password"; fi
unset HOLDFAST_USER HOLDFAST_PASSWORD HOLDFAST_CONNECT HOLDFAST_DATABASE password root value
if [ -z "\${HOLDFAST_WHOLE:-}" ]; then exec "$program" "--user=$user" "$@"; fi
unset HOLDFAST_WHOLE
script=$(cat)
case $script in *"${END}") ;; *) echo "ERROR: the statements ended too early: none of them was run" >&2; exit 1 ;; esac
printf '%s\\n' "$script" | "$program" "--user=$user" "$@"`;

export interface MysqlLogin {
  user?: string | undefined;
  password?: string | undefined;
  /** In the container. */
  runAs?: string | undefined;
}

/** Of the pair that the container has; newer images of MariaDB have no `mysql`. */
export interface MysqlTools {
  client: string;
  dump: string;
}

const CHOOSE = `for pair in "mariadb mariadb-dump" "mysql mysqldump"; do
  set -- $pair; if command -v "$1" >/dev/null && command -v "$2" >/dev/null; then echo "$pair"; exit 0; fi
done; exit 127`;

export async function findTools(
  place: ToolPlace,
  asked: { what: string; signal: AbortSignal },
): Promise<MysqlTools> {
  const tool = { name: "mariadb-dump or mysqldump", command: ["sh", "-c", CHOOSE] };
  const [client = "", dump = ""] = (await askTool(place, tool, asked)).trim().split(" ");
  return { client, dump };
}

export function mysqlTool(
  login: MysqlLogin,
  [program = "", ...options]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ToolRun {
  const { user, password, runAs } = login;
  return {
    name: program,
    command: ["sh", "-c", LOGIN, "sh", program, ...options],
    env: {
      ...variables,
      ...(user === undefined ? {} : { HOLDFAST_USER: user }),
      ...(password === undefined ? {} : { HOLDFAST_PASSWORD: password }),
    },
    secrets: password === undefined ? [] : [password],
    user: runAs,
  };
}

/** Rows of a query, connected to the database, or to the container's own. Texts in them are to be hexadecimal. */
export async function query(
  place: ToolPlace,
  login: MysqlLogin,
  {
    client,
    sql,
    database,
    ...asked
  }: { client: string; sql: string; database: string | undefined; what: string; signal: AbortSignal },
): Promise<string[][]> {
  const command = [client, "--batch", "--skip-column-names", "--default-character-set=utf8mb4"];
  const variables = {
    HOLDFAST_CONNECT: "yes",
    ...(database === undefined ? {} : { HOLDFAST_DATABASE: database }),
  };
  const answer = await askTool(place, mysqlTool(login, [...command, `--execute=${sql}`], variables), asked);
  return answer.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")]));
}

export interface Statements {
  client: string;
  sql: string;
  /** Undefined: none, or the container's own. */
  database?: string | undefined;
  /**
   * None is run before all of them are in the container, and then all are, whatever becomes of this process meanwhile: a command in
   * a container outlives whoever asked for it.
   */
  isWhole?: boolean;
  /** Those that fail are left out, and that is no failure. */
  isForced?: boolean;
  what: string;
  signal: AbortSignal;
}

/** Runs statements up to the first that fails, unless they are forced. They are given on the standard input, since they may hold what nobody else should see. */
export async function execute(
  place: ToolPlace,
  login: MysqlLogin,
  { client, sql, database, isWhole = false, isForced = false, ...asked }: Statements,
): Promise<void> {
  const variables = {
    ...(database === undefined ? {} : { HOLDFAST_CONNECT: "yes", HOLDFAST_DATABASE: database }),
    ...(isWhole ? { HOLDFAST_WHOLE: "yes" } : {}),
  };
  const tool = {
    ...mysqlTool(login, [client, ...READING, ...(isForced ? ["--force"] : [])], variables),
    stdin: once(Buffer.from(isWhole ? `${sql}\n${END}\n` : sql)),
  };
  if (!isForced) await askTool(place, tool, asked);
  else await place.run(tool, { stdout: { write: async () => undefined } }, asked.signal);
}

/** Of a client that is given statements. */
export const READING = ["--batch", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"] as const;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
