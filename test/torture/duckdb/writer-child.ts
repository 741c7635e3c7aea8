/**
 * An application that holds its DuckDB database open and writes to it: transfers between accounts, whose sum never changes, bulk
 * loads, drops and checkpoints. Every commit has the next number. Ends when its standard input does.
 */
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

import { randomFrom } from "../moments.ts";
import { ACCOUNTS, attach, BALANCE, PLANS, type WriterOrder } from "./loads.ts";

const MOST_BULKS = 5;
const BALLAST_BYTES_A_ROW = 80;

const order = JSON.parse(process.argv[2] ?? "") as WriterOrder;
const plan = PLANS[order.load];
const random = randomFrom(order.seed);
const upTo = (most: number) => Math.floor(random() * most);

let isOver = false;
process.stdin.resume().on("end", () => (isOver = true));

const isNew = !existsSync(order.database);
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const options = plan.rowGroupSize === undefined ? [] : [`ROW_GROUP_SIZE ${plan.rowGroupSize}`];
await connection.run(attach(order.database, options, order.key));
if (isNew) await setUp(connection);

let sequence = await number("SELECT coalesce(max(seq), 0) FROM commits");
const acknowledged = openSync(order.acknowledged, "a");
ftruncateSync(acknowledged, sequence);
const bulks = await names("SELECT name FROM bulks WHERE name <> 'ballast' ORDER BY name");

process.stdout.write("ready\n");
const checkpoints = plan.checkpointBreakMs === undefined ? undefined : checkpointAll(plan.checkpointBreakMs);
const readers = plan.rate === Infinity ? readAll() : undefined;
await writeAll();
await checkpoints;
await readers;
connection.closeSync();
instance.closeSync();
closeSync(acknowledged);

async function setUp(on: DuckDBConnection): Promise<void> {
  await on.run(`
    BEGIN;
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance BIGINT NOT NULL, note VARCHAR);
    INSERT INTO accounts SELECT range, ${BALANCE}, 'account ' || range FROM range(${ACCOUNTS});
    CREATE TABLE commits (seq BIGINT PRIMARY KEY, source INTEGER, target INTEGER, amount BIGINT, text VARCHAR UNIQUE);
    CREATE TABLE bulks (name VARCHAR PRIMARY KEY, rows BIGINT, total HUGEINT);
    CREATE VIEW rich AS SELECT * FROM accounts WHERE balance > ${BALANCE};
    COMMIT;`);
  const rows = Math.round((plan.ballastMb * 1e6) / BALLAST_BYTES_A_ROW);
  const columns = Array.from({ length: 9 }, (_, at) => `hash(range * 10 + ${at}) AS h${at}`).join(", ");
  await on.run(`
    CREATE TABLE ballast AS SELECT range % 1000003 AS v, ${columns} FROM range(${rows});
    INSERT INTO bulks SELECT 'ballast', count(*), sum(v) FROM ballast;
    CHECKPOINT;`);
  for (let at = 1; at <= 20; at++) await on.run(transfer(at));
}

async function writeAll(): Promise<void> {
  while (!isOver) {
    if (plan.rate === 0) await delay(20);
    else await writeOnce();
    if (plan.rate > 0 && plan.rate < Infinity) await delay(1000 / plan.rate);
  }
}

async function writeOnce(): Promise<void> {
  const next = sequence + 1;
  const chance = random();
  if (chance < 0.9) await connection.run(transfer(next));
  else if (chance < 0.94) await connection.run(bulkLoad(next));
  else if (chance < 0.98 && bulks.length > 0) await connection.run(rewrite(next));
  else if (chance < 0.99 && bulks.length > 0) await connection.run(drop(next));
  else return void (await tryCheckpoint(connection));
  sequence = next;
  // On the same machine it is known from here on: no need to sync it.
  writeSync(acknowledged, ".");
}

/** DuckDB runs the statements of one call one by one: a transaction of them is one commit. */
function transfer(seq: number): string {
  const [source, target, amount] = [upTo(ACCOUNTS), upTo(ACCOUNTS), upTo(50)];
  return `BEGIN;
    UPDATE accounts SET balance = balance - ${amount}, note = 'gave in ${seq}' WHERE id = ${source};
    UPDATE accounts SET balance = balance + ${amount} WHERE id = ${target};
    INSERT INTO commits VALUES (${seq}, ${source}, ${target}, ${amount}, 'commit ${seq} ${"x".repeat(upTo(300))}');
    COMMIT;`;
}

function bulkLoad(seq: number): string {
  const name = `bulk_${seq}`;
  const tooMany = bulks.length >= MOST_BULKS ? dropFirst() : "";
  bulks.push(name);
  const unique = random() < 0.5 ? `CREATE UNIQUE INDEX unique_${name} ON ${name} (i);` : "";
  return `BEGIN; ${tooMany}
    CREATE TABLE ${name} AS SELECT range AS i, (range * 7919 + ${seq}) % 1000003 AS v, 'text ' || hash(range) AS s
      FROM range(${1 + upTo(plan.bulkRows)});
    INSERT INTO bulks SELECT '${name}', count(*), sum(v) FROM ${name};
    INSERT INTO commits VALUES (${seq}, 0, 0, 0, 'bulk ${seq}');
    ${unique} COMMIT;`;
}

/** Makes work for the next checkpoint. */
function rewrite(seq: number): string {
  return `BEGIN;
    UPDATE ${bulks[upTo(bulks.length)] ?? ""} SET s = s || '.';
    INSERT INTO commits VALUES (${seq}, 0, 0, 0, 'rewrite ${seq}');
    COMMIT;`;
}

function drop(seq: number): string {
  return `BEGIN; ${dropFirst()} INSERT INTO commits VALUES (${seq}, 0, 0, 0, 'drop ${seq}'); COMMIT;`;
}

function dropFirst(): string {
  const name = bulks.shift() ?? "";
  return `DROP TABLE ${name}; DELETE FROM bulks WHERE name = '${name}';`;
}

async function checkpointAll(breakMs: number): Promise<void> {
  const own = await instance.connect();
  await own.run("USE live");
  while (!isOver) {
    await tryCheckpoint(own);
    await delay(upTo(breakMs));
  }
  own.closeSync();
}

/** A checkpoint amid a reader's transaction lets others commit meanwhile, into a log of its own. */
async function readAll(): Promise<void> {
  const own = await instance.connect();
  await own.run("USE live");
  while (!isOver) {
    await own.run("BEGIN");
    await own.runAndReadAll("SELECT count(*), sum(amount) FROM commits");
    await delay(upTo(100));
    await own.run("COMMIT");
    await delay(upTo(20));
  }
  own.closeSync();
}

/** DuckDB refuses one while another runs, or a transaction stands in its way. */
async function tryCheckpoint(on: DuckDBConnection): Promise<void> {
  await on.run("CHECKPOINT").catch((error: Error) => {
    if (!error.message.includes("Cannot CHECKPOINT")) throw error;
  });
}

async function number(query: string): Promise<number> {
  return Number((await connection.runAndReadAll(query)).getRows()[0]?.[0]);
}

async function names(query: string): Promise<string[]> {
  return (await connection.runAndReadAll(query)).getRows().map(([name]) => String(name));
}
