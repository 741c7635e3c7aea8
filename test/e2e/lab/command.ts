/** Runs a program of the machine that the lab is built with, and tells what it said when it fails. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CommandOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Written to its standard input. */
  input?: string;
  /** Longer is a failure. */
  limitMs?: number;
}

export interface CommandEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

const LIMIT_MS = 300_000;

/** Resolves however it ends, but throws when it outlasts its limit or cannot be started. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandEnd> {
  const { env, cwd, input, limitMs = LIMIT_MS } = options;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const end: CommandEnd = { exitCode: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (end.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (end.stderr += text));
  // It may end without reading what it is given.
  child.stdin.on("error", () => undefined).end(input);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, limitMs);
  try {
    [end.exitCode] = (await once(child, "close")) as [number | null];
  } finally {
    clearTimeout(limit);
  }
  if (isLate) throw new Error(`${describe(program, args)} took over ${limitMs} ms.\n${tail(end)}`);
  return end;
}

/** Its standard output; throws with its last words unless it ends with 0. */
export async function must(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const end = await run(program, args, options);
  if (end.exitCode === 0) return end.stdout;
  throw new Error(`${describe(program, args)} ended with ${end.exitCode}.\n${tail(end)}`);
}

function describe(program: string, args: readonly string[]): string {
  return [program, ...args].join(" ");
}

function tail({ stdout, stderr }: CommandEnd): string {
  return `${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`;
}
