/** What of a dump of accounts a server lacks: those that are there stay as they are, with the passwords and rights that they have by now. */

/** As the server writes them: `name`@`host`, or 'name'@'host' in older ones. A role has no host. */
const NAME = String.raw`(?:\x60(?:[^\x60]|\x60\x60)*\x60|'(?:[^'\\]|''|\\.)*'|[^\s;,@]+)`;
const ACCOUNT = String.raw`(${NAME})(?:@(${NAME}))?`;
const MAKING = new RegExp(String.raw`^CREATE (?:USER|ROLE) (?:IF NOT EXISTS )?${ACCOUNT}`);
const GRANT = new RegExp(String.raw`^GRANT .+ TO ${ACCOUNT}(?: (?:IDENTIFIED|REQUIRE|WITH) .*)?;$`);
const DEFAULT_ROLE = new RegExp(
  String.raw`^/\*M!\d+ SET DEFAULT ROLE .+ FOR ${ACCOUNT} \*/;$|^ALTER USER ${ACCOUNT} DEFAULT ROLE .+;$`,
);

/** Makes and drops this one itself, so that roles can be given. */
const IMPORTER = "mariadb_dump_import_role";

/** Statements, one a line; `there`: names as `accountName` gives them. */
export function missingAccounts(sql: string, there: ReadonlySet<string>): string[] {
  return sql.split("\n").filter((line) => {
    if (line.includes(IMPORTER)) return false;
    for (const kind of [MAKING, GRANT, DEFAULT_ROLE]) {
      const found = kind.exec(line);
      if (found === null) continue;
      const [name = "", host = ""] = found.slice(1).filter((part) => part !== undefined);
      return !there.has(accountName(unquoted(name), unquoted(host)));
    }
    return false;
  });
}

export function accountName(name: string, host: string): string {
  return `${name}@${host}`;
}

function unquoted(text: string): string {
  const [quote = ""] = text;
  if (quote !== "'" && quote !== "`") return text;
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}
