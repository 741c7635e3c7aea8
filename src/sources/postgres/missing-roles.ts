/** What of a dump of roles a server lacks: roles that are there stay as they are, with the passwords that they have by now. */

/** Whole statements, each to its semicolon outside of quotes; comments and psql's own commands are left out. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  const pattern = /--[^\n]*|^\\[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^'";\\-]+|./gmsu;
  let statement = "";
  for (const [token] of sql.matchAll(pattern)) {
    if (token.startsWith("--") || /^\\\w/.test(token)) continue;
    if (token === ";") {
      statements.push(`${statement.trim()};`);
      statement = "";
    } else statement += token;
  }
  return statements;
}

const NAME = String.raw`("(?:[^"]|"")*"|[^\s;"]+)`;
const OF_ROLE = new RegExp(String.raw`^(?:CREATE|ALTER|COMMENT ON) ROLE ${NAME}`);
const MEMBERSHIP = new RegExp(String.raw`^GRANT ${NAME} TO ${NAME}`);

export function missingRoles(sql: string, there: ReadonlySet<string>): string[] {
  return statementsOf(sql).filter((statement) => {
    const [, role] = OF_ROLE.exec(statement) ?? [];
    if (role !== undefined) return !there.has(unquoted(role));
    const [, group, member] = MEMBERSHIP.exec(statement) ?? [];
    if (group === undefined || member === undefined) return false;
    return !there.has(unquoted(member)) || !there.has(unquoted(group));
  });
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
