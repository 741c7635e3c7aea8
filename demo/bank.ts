/** The database that an application holds open and writes to all the time, and what has to be true of it at every moment. */

export const BANK = "bank.duckdb";
export const ACCOUNTS = 1_000;
export const START_BALANCE = 100;

export interface BankFacts {
  transfers: number;
  /** All transfers up to the last are there, and each account holds exactly what they have left it. */
  isWhole: boolean;
  /** What all accounts hold together. */
  sum: number;
}

/** Asks a copy that nobody else has open. It is opened read-only, and stays as it is. */
export async function askBank(path: string): Promise<BankFacts> {
  // Loaded late: only the program that has the database open, and this question, need it.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  try {
    const connection = await instance.connect();
    try {
      const [row = []] = (await connection.runAndReadAll(FACTS)).getRows();
      const [transfers, last, sum, wrong] = row.map(Number);
      return {
        transfers: transfers ?? 0,
        isWhole: transfers === last && wrong === 0,
        sum: sum ?? 0,
      };
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

const FACTS = `
  WITH moves AS (
    SELECT payer AS id, -amount AS change FROM transfers UNION ALL SELECT payee, amount FROM transfers
  ), expected AS (
    SELECT id, ${START_BALANCE} + coalesce(sum(change), 0) AS balance FROM accounts LEFT JOIN moves USING (id) GROUP BY id
  )
  SELECT
    (SELECT count(*) FROM transfers),
    (SELECT coalesce(max(number), 0) FROM transfers),
    (SELECT sum(balance) FROM accounts),
    (SELECT count(*) FROM accounts JOIN expected USING (id) WHERE accounts.balance <> expected.balance)`;
