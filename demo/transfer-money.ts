/**
 * A program of its own, as an application is: holds a DuckDB database open and moves money between its accounts, through
 * backups and all. No transfer changes what the accounts hold together. Ends with whoever started it, when standard input closes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { ACCOUNTS, START_BALANCE } from "./bank.ts";

const PAUSE_MS = 20;

const [, , path = ""] = process.argv;
let isAsked = true;
process.stdin.resume().on("end", () => (isAsked = false));

const instance = await DuckDBInstance.create(path);
const connection = await instance.connect();
await connection.run(
  `CREATE TABLE accounts AS SELECT i AS id, ${START_BALANCE} AS balance FROM range(${ACCOUNTS}) numbers(i)`,
);
await connection.run("CREATE TABLE transfers (number BIGINT, payer BIGINT, payee BIGINT, amount BIGINT)");

for (let number = 1; isAsked; number += 1) {
  await transfer(number);
  await sleep(PAUSE_MS);
}
connection.closeSync();
instance.closeSync();

async function transfer(number: number): Promise<void> {
  const payer = (number * 7) % ACCOUNTS;
  const payee = (number * 11 + 1) % ACCOUNTS;
  const amount = 1 + (number % 9);
  await connection.run(`
    BEGIN;
    UPDATE accounts SET balance = balance - ${amount} WHERE id = ${payer};
    UPDATE accounts SET balance = balance + ${amount} WHERE id = ${payee};
    INSERT INTO transfers VALUES (${number}, ${payer}, ${payee}, ${amount});
    COMMIT`);
}
