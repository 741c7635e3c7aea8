/**
 * Opens a copy of the writer's database and reads all of it, in a process of its own: one that is wrong enough makes DuckDB
 * crash. Prints what it saw as JSON; fails with the first thing that cannot be.
 */
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

import { ACCOUNTS, attach, BALANCE } from "./loads.ts";

export interface ReaderOrder {
  database: string;
  key?: string | undefined;
  /** Otherwise it is opened as its program will open it: the log is replayed into it. */
  readOnly: boolean;
}

export interface Seen {
  /** Commits 1 to this one are there. */
  commits: number;
  /** Of the content of all tables. */
  digest: string;
}

const order = JSON.parse(process.argv[2] ?? "") as ReaderOrder;
const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
await connection.run(attach(order.database, order.readOnly ? ["READ_ONLY"] : [], order.key)).catch(reopen);

const commits = await readCommits(connection);
await checkAccounts(connection);
await checkBulks(connection);
await checkIndexes(connection, commits);
const digest = await scanAll(connection);
const seen: Seen = { commits, digest };
process.stdout.write(JSON.stringify(seen));
connection.closeSync();
instance.closeSync();

/** DuckDB 1.5.6 cannot replay the making of an index without writing to the database. */
async function reopen(error: Error): Promise<void> {
  if (!order.readOnly || !error.message.includes("Could not write file")) throw error;
  await connection.run(attach(order.database, [], order.key));
}

async function readCommits(on: DuckDBConnection): Promise<number> {
  const [count, least, most = 0] = await row(on, "SELECT count(*), min(seq), max(seq) FROM commits");
  if (least !== 1 || count !== most) throw new Error(`${count} commits, from ${least} to ${most}`);
  return most;
}

async function checkAccounts(on: DuckDBConnection): Promise<void> {
  const [count, sum] = await row(on, "SELECT count(*), sum(balance) FROM accounts");
  if (count !== ACCOUNTS || sum !== ACCOUNTS * BALANCE) throw new Error(`${count} accounts hold ${sum}`);
  const [wrong] = await row(
    on,
    `WITH moves AS (SELECT target AS id, amount FROM commits UNION ALL SELECT source, -amount FROM commits),
          sums AS (SELECT id, sum(amount) AS moved FROM moves GROUP BY id)
     SELECT count(*) FROM accounts LEFT JOIN sums USING (id) WHERE balance <> ${BALANCE} + coalesce(moved, 0)`,
  );
  if (wrong !== 0) throw new Error(`${wrong} accounts do not hold what the transfers say`);
}

async function checkBulks(on: DuckDBConnection): Promise<void> {
  const bulks = (await on.runAndReadAll("SELECT name, rows, total FROM bulks ORDER BY name")).getRows();
  const tables = (await tablesOf(on)).filter((name) => name.startsWith("bulk_") || name === "ballast");
  const told = bulks.map(([name]) => String(name));
  if (told.join() !== tables.join()) throw new Error(`tables ${tables.join()} are told as ${told.join()}`);
  for (const [name, rows, total] of bulks) {
    const [count, sum] = await row(on, `SELECT count(*), sum(v) FROM ${String(name)}`);
    if (count !== Number(rows) || sum !== Number(total)) throw new Error(`${String(name)} has other rows`);
  }
}

/** Through the index, and past it. */
async function checkIndexes(on: DuckDBConnection, most: number): Promise<void> {
  for (let turn = 1; turn <= 20; turn++) {
    const seq = 1 + Math.floor((turn * most) / 21);
    const [found] = await row(on, `SELECT count(*) FROM commits WHERE seq = ${seq}`);
    const [text] = await row(
      on,
      `SELECT count(*) FROM commits WHERE text = (SELECT any_value(text) FROM commits WHERE seq + 0 = ${seq})`,
    );
    const [account] = await row(on, `SELECT count(*) FROM accounts WHERE id = ${(seq * 7) % ACCOUNTS}`);
    if (found !== 1 || text !== 1 || account !== 1) throw new Error(`an index does not find ${seq}`);
  }
}

async function scanAll(on: DuckDBConnection): Promise<string> {
  const parts: string[] = [];
  for (const name of await tablesOf(on)) {
    const rows = await on.runAndReadAll(`SELECT count(*), bit_xor(hash(t)) FROM "${name}" t`);
    parts.push(`${name} ${rows.getRows()[0]?.join(" ")}`);
  }
  return parts.join("; ");
}

async function tablesOf(on: DuckDBConnection): Promise<string[]> {
  const result = await on.runAndReadAll(
    "SELECT table_name FROM duckdb_tables() WHERE database_name = 'live' ORDER BY table_name",
  );
  return result.getRows().map(([name]) => String(name));
}

async function row(on: DuckDBConnection, query: string): Promise<number[]> {
  return ((await on.runAndReadAll(query)).getRows()[0] ?? []).map(Number);
}
