/**
 * A program of its own, as an application is: appends a line of JSON to a file every second, through backups and all.
 * Ends with whoever started it, when standard input closes.
 */
import { openSync, writeSync } from "node:fs";

const [, , path = ""] = process.argv;
const log = openSync(path, "a");
let number = 0;

function append(): void {
  const line = { time: new Date().toISOString(), event: "order-paid", order: ++number };
  writeSync(log, `${JSON.stringify(line)}\n`);
}

append();
const timer = setInterval(append, 1000);
process.stdin.resume().on("end", () => clearInterval(timer));
