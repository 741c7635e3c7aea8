/** Reads a copy in a process of its own, which may crash. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { ReaderOrder, Seen } from "./reader-child.ts";

const PROGRAM = fileURLToPath(new URL("./reader-child.ts", import.meta.url));
const LIMIT_MS = 120_000;

/** Throws where it cannot be opened, or does not hold what it must. */
export async function readCopy(order: ReaderOrder): Promise<Seen> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
  });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`The copy cannot be read (${signal ?? code}): ${errors}`);
  return JSON.parse(output) as Seen;
}
