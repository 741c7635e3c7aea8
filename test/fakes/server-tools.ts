/** Servers' tools as scripts: what each says of a server that is well, and the very words of each trouble, as the real ones print them. */
import { mongodumpArchive } from "./mongodump-archive.ts";
import { pgArchive } from "./pg-archive.ts";
import { rdb } from "./rdb.ts";
import { sqlDump } from "./sql-dump.ts";

export type ServerKind = "postgres" | "mysql" | "redis" | "mongodb" | "command";

export interface ServerTools {
  /** Of the source, beside its kind and its service. */
  options: object;
  /** Scripts by the tool's name; they find the dump in `$DUMP`. */
  tools: Readonly<Record<string, string>>;
  /** Of a server with something in it, and of one with nothing. */
  dump: Buffer;
  emptyDump: Buffer;
}

export interface Trouble {
  kind: ServerKind;
  name: string;
  /** Tools that do otherwise than on a server that is well; undefined: they are not there. */
  tools: Readonly<Record<string, string | undefined>>;
}

const hex = (text: string) => Buffer.from(text).toString("hex");
const POSTGRES_FACTS = { version: "15.8", database: "app", isSuperuser: true, databases: ["app"] };
const MYSQL_FACTS = [
  ["version", hex("10.11.18-MariaDB"), "", "", "0"],
  ["database", hex("app"), "", "", "0"],
  ["there", hex("app"), "utf8mb4", "utf8mb4_general_ci", "0"],
];
const REDIS_FACTS = "redis_version:7.0.15\\naof_enabled:0\\nredis_mode:standalone\\ndb0:keys=2,expires=0";
const REDIS = (work: string) => `case "$*" in *INFO*) printf '${REDIS_FACTS}\\n' ;; *) ${work} ;; esac`;
const SHELLS = { mongosh: "echo set=" };

export const WELL: Readonly<Record<ServerKind, ServerTools>> = {
  postgres: {
    options: { database: "app", roles: false },
    tools: { psql: `printf '%s\\n' '${JSON.stringify(POSTGRES_FACTS)}'`, pg_dump: 'cat "$DUMP"' },
    dump: pgArchive({ tables: [{ name: "t", rows: ["1\n", "2\n"] }] }),
    emptyDump: pgArchive(),
  },
  mysql: {
    options: { database: "app", accounts: false },
    tools: {
      mariadb: `printf '%b' '${MYSQL_FACTS.map((row) => row.join("\\t")).join("\\n")}\\n'`,
      "mariadb-dump": 'cat "$DUMP"',
    },
    dump: Buffer.from(sqlDump({ tables: [{ name: "t", rows: ["(1)", "(2)"] }] })),
    emptyDump: Buffer.from(sqlDump().replaceAll(/^.*(?:trigger|EVENT|FUNCTION|view).*\n/gm, "")),
  },
  redis: {
    options: { method: "stream" },
    tools: { "redis-cli": REDIS('cat "$DUMP"') },
    dump: rdb({ keys: { a: "1", b: "2" } }),
    emptyDump: rdb(),
  },
  mongodb: {
    options: {},
    tools: { ...SHELLS, mongodump: 'cat "$DUMP"' },
    dump: mongodumpArchive({ collections: [{ db: "shop", name: "orders", documents: ["1", "2"] }] }),
    emptyDump: mongodumpArchive(),
  },
  command: {
    options: { command: ["sh", "-c", "exec dumper --all"] },
    tools: { dumper: 'cat "$DUMP"' },
    dump: Buffer.from("all of it"),
    emptyDump: Buffer.alloc(0),
  },
};

/** Writes half of the dump, then these words. */
const cut = (words: string, exitCode: number) => `head -c 40 "$DUMP"; ${fail(words, exitCode)}`;
const fail = (words: string, exitCode: number) => `cat >&2 <<'WORDS'\n${words}\nWORDS\nexit ${exitCode}`;

const SOCKET = 'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed:';
const FULL_MONGO = "Failed: error dumping metadata: (OutOfDiskSpace) No space left on device";

const POSTGRES: Omit<Trouble, "kind">[] = [
  {
    name: "a wrong password",
    tools: { psql: fail(`psql: error: ${SOCKET} FATAL:  password authentication failed for user "app"`, 2) },
  },
  {
    name: "an unknown database",
    tools: { psql: fail(`psql: error: ${SOCKET} FATAL:  database "app" does not exist`, 2) },
  },
  {
    name: "a server that does not listen",
    tools: {
      psql: fail(
        `psql: error: ${SOCKET} No such file or directory\n\tIs the server running locally and accepting connections on that socket?`,
        2,
      ),
    },
  },
  {
    name: "a server that is killed in the middle",
    tools: {
      pg_dump: cut(
        'pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed.\npg_dump: detail: Error message from server: server closed the connection unexpectedly',
        1,
      ),
    },
  },
  {
    name: "a disk that is full",
    tools: {
      pg_dump: cut(
        'pg_dump: error: query failed: ERROR:  could not write to file "base/pgsql_tmp/pgsql_tmp7.0": No space left on device',
        1,
      ),
    },
  },
  {
    name: "no tool",
    tools: { psql: undefined, pg_dump: undefined },
  },
];

const MYSQL: Omit<Trouble, "kind">[] = [
  {
    name: "a wrong password",
    tools: {
      mariadb: fail("ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)", 1),
    },
  },
  {
    name: "an unknown database",
    tools: { mariadb: fail("ERROR 1049 (42000): Unknown database 'app'", 1) },
  },
  {
    name: "a server that does not listen",
    tools: {
      mariadb: fail(
        "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)",
        1,
      ),
    },
  },
  {
    name: "a server that is killed in the middle",
    tools: {
      "mariadb-dump": cut(
        "mariadb-dump: Error 2013: Lost connection to server during query when dumping table `t` at row: 1",
        3,
      ),
    },
  },
  {
    name: "a disk that is full",
    tools: {
      "mariadb-dump": cut(
        "mariadb-dump: Couldn't execute 'SHOW FIELDS FROM `t`': Error writing file '/tmp/MY2Fd' (Errcode: 28 \"No space left on device\") (3)",
        2,
      ),
    },
  },
  { name: "no tool", tools: { mariadb: undefined, "mariadb-dump": undefined } },
];

const REDIS_TROUBLES: Omit<Trouble, "kind">[] = [
  {
    name: "a wrong password",
    tools: {
      "redis-cli":
        "echo 'AUTH failed: WRONGPASS invalid username-password pair or user is disabled.' >&2; echo 'NOAUTH Authentication required.'",
    },
  },
  {
    name: "a server that does not listen",
    tools: { "redis-cli": fail("Could not connect to Redis at 127.0.0.1:6379: Connection refused", 1) },
  },
  {
    name: "a server that is killed in the middle",
    tools: { "redis-cli": REDIS(cut("I/O Error reading RDB payload from socket", 1)) },
  },
  {
    name: "a disk that is full",
    tools: { "redis-cli": REDIS(fail("BGSAVE failed: the server's log tells why", 1)) },
  },
  { name: "no tool", tools: { "redis-cli": undefined } },
];

const MONGODB: Omit<Trouble, "kind">[] = [
  {
    name: "a wrong password",
    tools: {
      mongodump: fail(
        '2026-11-22T04:00:00.000+0000\tFailed: can\'t create session: connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism "SCRAM-SHA-256": (AuthenticationFailed) Authentication failed.',
        1,
      ),
    },
  },
  {
    name: "a server that does not listen",
    tools: {
      mongodump: fail(
        "2026-11-22T04:00:00.000+0000\tFailed: can't create session: failed to connect to mongodb://localhost/: server selection error: server selection timeout, current topology: { Type: Single, Servers: [{ Addr: localhost:27017, Type: Unknown, Last error: dial tcp 127.0.0.1:27017: connect: connection refused }, ] }",
        1,
      ),
    },
  },
  {
    name: "a server that is killed in the middle",
    tools: {
      mongodump: cut(
        "2026-11-22T04:00:00.000+0000\tFailed: error writing data for collection `shop.orders` to disk: error reading collection: connection(localhost:27017[-4]) incomplete read of message header: EOF",
        1,
      ),
    },
  },
  { name: "a disk that is full", tools: { mongodump: cut(FULL_MONGO, 1) } },
  { name: "no tool", tools: { mongodump: undefined } },
];

const COMMAND: Omit<Trouble, "kind">[] = [
  { name: "a failure", tools: { dumper: cut("dumper: access denied", 3) } },
  { name: "a kill", tools: { dumper: 'head -c 4 "$DUMP"; kill -9 $$' } },
  {
    name: "a disk that is full",
    tools: { dumper: cut("dumper: /tmp/x: No space left on device", 1) },
  },
  { name: "no tool", tools: { dumper: undefined } },
];

const of = (kind: ServerKind, troubles: Omit<Trouble, "kind">[]) =>
  troubles.map((trouble): Trouble => ({ kind, ...trouble }));

export const TROUBLES: readonly Trouble[] = [
  ...of("postgres", POSTGRES),
  ...of("mysql", MYSQL),
  ...of("redis", REDIS_TROUBLES),
  ...of("mongodb", MONGODB),
  ...of("command", COMMAND),
];
