/** Runs one `holdfast` command to its end, as a user would type it. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Children } from "./children.ts";

export interface CommandResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export async function runHoldfast(children: Children, args: readonly string[]): Promise<CommandResult> {
  const child = children.start("bin/holdfast.js", args);
  if (child.stdout === null || child.stderr === null) throw new Error("the command has no output");
  child.stdin?.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exitCode: child.exitCode, stdout, stderr };
}
