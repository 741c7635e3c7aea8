#!/usr/bin/env node
/** The process: its signals, its streams, and the only process.exit. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { EXIT, Interruption } from "./cli/exit-codes.ts";
import { runCommandLine } from "./cli/program.ts";

/** A cancelled command has this long to clean up before the process ends all the same (invariant 8 allows 10 s). */
const CLEAN_UP_LIMIT_MS = 9_000;

const cancel = new AbortController();

for (const signalName of ["SIGINT", "SIGTERM"] as const) {
  process.on(signalName, () => {
    const interruption = new Interruption(signalName);
    // A second signal means now: what is left behind is cleaned up by the next run.
    if (cancel.signal.aborted) process.exit(interruption.exitCode);
    cancel.abort(interruption);
    setTimeout(() => process.exit(interruption.exitCode), CLEAN_UP_LIMIT_MS).unref();
  });
}

// The reader of our output has gone (`| head`): nobody is left to tell.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

async function ask(question: string, { secret = false } = {}): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = secret ? nowhere : process.stderr;
  const readline = createInterface({ input: process.stdin, output, ...(secret ? { terminal: true } : {}) });
  if (secret) process.stderr.write(question);
  try {
    return await readline.question(question, { signal: cancel.signal });
  } finally {
    readline.close();
    if (secret) process.stderr.write("\n");
  }
}

function onHangUp(listener: () => void): () => void {
  process.on("SIGHUP", listener);
  return () => process.off("SIGHUP", listener);
}

const exitCode = await runCommandLine(process.argv.slice(2), {
  terminal: { stdout: process.stdout, stderr: process.stderr, ask },
  signal: cancel.signal,
  onHangUp,
}).catch(() => EXIT.failed);

process.exit(exitCode);
