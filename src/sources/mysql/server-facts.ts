/** What a MySQL or MariaDB server says of itself before it is dumped. */
import type { ToolPlace } from "../../dump/dump-kind.ts";
import { BESIDE } from "../../dump/name-beside.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { query, type MysqlLogin } from "./client.ts";

export interface ServerFacts {
  /** `MariaDB 10.11.14` */
  server: string;
  isMariadb: boolean;
  /** Of the connection; undefined: none. */
  database: string | undefined;
  /** May read accounts with their passwords. */
  readsAccounts: boolean;
  /** All but the server's own, and what a restore has left, by name. */
  databases: readonly Database[];
}

export interface Database {
  name: string;
  characterSet: string;
  collation: string;
  /** Tables that a transaction does not keep still while they are read. */
  unsafeTables: number;
}

const OWN = "('information_schema', 'performance_schema', 'mysql', 'sys')";
const SQL = [
  "SELECT 'version', HEX(VERSION()), '', '', 0",
  "SELECT 'database', HEX(DATABASE()), '', '', 0 FROM (SELECT 1) AS one WHERE DATABASE() IS NOT NULL",
  `SELECT 'accounts', '', '', '', COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'
     AND GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')`,
  `SELECT 'there', HEX(SCHEMA_NAME), DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, (SELECT COUNT(*)
     FROM information_schema.TABLES AS t JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE
     WHERE t.TABLE_SCHEMA = SCHEMA_NAME AND t.TABLE_TYPE = 'BASE TABLE' AND e.TRANSACTIONS <> 'YES')
     FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ${OWN}`,
].join(" UNION ALL ");

/** Throws the tool's error, in which a server that is down, a wrong password and a database that is not there tell themselves. */
export async function askServer(
  place: ToolPlace,
  login: MysqlLogin,
  asked: { client: string; database: string | undefined; what: string; signal: AbortSignal },
): Promise<ServerFacts> {
  const rows = await query(place, login, { sql: SQL, ...asked });
  const of = (name: string): string[][] => rows.flatMap(([first, ...rest]) => (first === name ? [rest] : []));
  const [version] = of("version");
  if (version === undefined) {
    const why = `${asked.client} answered something that is not known`;
    throw new HoldfastError("source", { what: asked.what, why });
  }
  const text = fromHex(version[0]);
  const isMariadb = text.includes("MariaDB");
  return {
    server: `${isMariadb ? "MariaDB" : "MySQL"} ${/^[\d.]+/.exec(text)?.[0] ?? text}`,
    isMariadb,
    database: of("database").map(([name]) => fromHex(name))[0],
    readsAccounts: Number(of("accounts")[0]?.[3] ?? 0) > 0,
    databases: of("there")
      .map(([name, characterSet = "", collation = "", unsafe]) => ({
        ...{ name: fromHex(name), characterSet, collation },
        unsafeTables: Number(unsafe ?? 0),
      }))
      .filter(({ name }) => !new RegExp(BESIDE).test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function fromHex(text = ""): string {
  return Buffer.from(text, "hex").toString("utf8");
}
