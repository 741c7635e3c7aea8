/** What the writer writes, and every state of its database keeps. */
import { DatabaseSync } from "node:sqlite";

export const ACCOUNTS = 100;
export const START = 1000;
export const SUM = ACCOUNTS * START;

/** Empty where it is a state that the database was in after that transfer was acknowledged, or later. */
export function wrongInAccounts(path: string, acknowledged: number): string {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const ask = (sql: string) => Number(database.prepare(`SELECT (${sql}) AS n`).get()?.["n"]);
    const [sum, last, count] = [
      ask("SELECT sum(balance) FROM accounts"),
      ask("SELECT coalesce(max(number), 0) FROM transfers"),
      ask("SELECT count(*) FROM transfers"),
    ];
    if (sum !== SUM) return `the sum is ${sum}`;
    if (count !== last) return `${count} transfers, the last of which is ${last}`;
    return last < acknowledged ? `the last transfer is ${last}, acknowledged was ${acknowledged}` : "";
  } finally {
    database.close();
  }
}
