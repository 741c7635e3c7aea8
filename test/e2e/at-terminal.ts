/** A restore at a terminal at which somebody types the answer. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";

import { runCommandLine } from "../../src/cli/program.ts";
import type { TestStack } from "./test-stack.ts";

export async function atTerminal(stack: TestStack, answer: string | undefined, ...args: string[]) {
  const questions: string[] = [];
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const ask = (question: string): Promise<string | undefined> => {
    questions.push(question);
    return Promise.resolve(answer);
  };
  const exitCode = await runCommandLine(["--config", stack.configPath, "restore", "data", ...args], {
    terminal: { stdout, stderr, ask },
    signal: new AbortController().signal,
    onHangUp: () => () => undefined,
  });
  stderr.end();
  stdout.end();
  return { exitCode, questions, stderr: await text(stderr) };
}
