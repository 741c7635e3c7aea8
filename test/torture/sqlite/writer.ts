/**
 * A program that writes to its SQLite database all the time: transfers between accounts, whose sum never changes, each
 * with its number; and rows that come and go. What is committed is acknowledged by a number in a file, after the commit.
 */
import { openSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { ACCOUNTS, START } from "./accounts.ts";

const [path = "", journalMode = "", acknowledged = "", rows = "0", pauseMs = "0"] = process.argv.slice(2);
await write();

async function write(): Promise<void> {
  const database = new DatabaseSync(path, { timeout: 20_000 });
  database.exec(`PRAGMA journal_mode = ${journalMode}; PRAGMA synchronous = OFF`);
  prepare(database);
  const acks = openSync(acknowledged, "w");
  process.stdout.write("ready\n");
  for (let number = 1; ; number++) {
    transfer(database, number);
    writeSync(acks, `${String(number).padStart(12)}`, 0);
    // Also where there is nothing to wait for: a stop must find the process between two transactions sometimes.
    await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
  }
}

function prepare(database: DatabaseSync): void {
  database.exec(`
    BEGIN;
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
    CREATE TABLE transfers (number INTEGER PRIMARY KEY, note TEXT UNIQUE);
    CREATE TABLE ballast (id INTEGER PRIMARY KEY, bytes TEXT);
    WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < ${ACCOUNTS})
      INSERT INTO accounts SELECT i, ${START} FROM r;
    WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < ${rows})
      INSERT INTO ballast SELECT i, hex(randomblob(100)) FROM r;
    COMMIT`);
}

function transfer(database: DatabaseSync, number: number): void {
  const [from, to] = [1 + (number % ACCOUNTS), 1 + ((number * 7 + 3) % ACCOUNTS)];
  database.exec(`
    BEGIN IMMEDIATE;
    UPDATE accounts SET balance = balance - 5 WHERE id = ${from};
    UPDATE accounts SET balance = balance + 5 WHERE id = ${to};
    INSERT INTO transfers VALUES (${number}, hex(randomblob(200)));
    UPDATE ballast SET bytes = hex(randomblob(100)) WHERE id % 500 = ${number % 500};
    COMMIT`);
}
