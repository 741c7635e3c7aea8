/** What a verb talks to: where results go, where progress and errors go, and whether a person is watching. */
import type { Writable } from "node:stream";

export interface Terminal {
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean; columns?: number };
  /** Asks a person, and says what was typed, which is not shown where it is `secret`; undefined when nobody can answer. */
  ask(question: string, options?: { secret?: boolean }): Promise<string | undefined>;
}

/** Writes all of it or rejects; a closed pipe (`| head`) is an end, not an error. */
export async function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(chunk, (error) => {
      if (error === null || error === undefined || isClosedPipe(error)) resolve();
      else reject(error);
    });
  });
}

function isClosedPipe(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}

export async function printLine(terminal: Terminal, line: string): Promise<void> {
  await write(terminal.stdout, `${line}\n`);
}

export async function printJson(terminal: Terminal, value: unknown): Promise<void> {
  await write(terminal.stdout, `${JSON.stringify(value, null, 2)}\n`);
}

/** One line on stderr that is no result and no error. */
export function warnLine(terminal: Terminal, message: string): void {
  terminal.stderr.write(`warning: ${message}\n`);
}
