/**
 * Runs one piece of work in a process of its own, because native code that meets a damaged file may crash, hang or take all
 * memory. Nothing that happens to the child happens to us: it is told, as data. The request goes by standard input, never by
 * arguments or the environment, which is empty: other processes can read those, and a request may hold a key.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { cancellation } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";

export interface ChildOrder {
  /** What the work is, as the start of a sentence. */
  what: string;
  /** JavaScript file that calls `serveRequest`. */
  entry: URL;
  /** Anything that JSON can hold. */
  request: unknown;
  timeout: Milliseconds;
  clock: Clock;
  signal: AbortSignal;
}

export type ChildEnd =
  | { how: "replied"; reply: unknown }
  /** By a fault of the processor or an abort of the program itself. */
  | { how: "crashed"; by: string; told: string }
  /** By a signal from outside: the kernel's, where memory was short, or a person's. */
  | { how: "killed"; by: string }
  /** Ended without a reply. */
  | { how: "failed"; told: string }
  | { how: "late" };

const CRASHES = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"]);
const MOST_REPLY_BYTES = 8 * 1024 * 1024;
const MOST_TOLD_BYTES = 4096;
/** Objects of the child's own are few; what takes memory is the library. */
const NODE_OPTIONS = ["--max-semi-space-size=2", "--max-old-space-size=256"];

/** Rejects only when the signal has fired; the child is gone when this settles. */
export async function runChild(order: ChildOrder): Promise<ChildEnd> {
  const { what, clock, signal } = order;
  if (signal.aborted) throw cancellation(signal, what);
  const child = spawn(process.execPath, [...NODE_OPTIONS, fileURLToPath(order.entry)], {
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = endOf(child);
  const settled = new AbortController();
  const late = clock.sleep(order.timeout, { signal: settled.signal, unref: true }).then(
    () => true,
    () => false,
  );
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  // Where the child dies before it has read the request, its end tells.
  child.stdin?.on("error", () => undefined).write(`${JSON.stringify(order.request)}\n`);
  try {
    const first = await Promise.race([ended, late.then((isLate) => isLate && "late")]);
    if (first === "late") {
      kill();
      await ended;
    }
    if (signal.aborted) throw cancellation(signal, what);
    return first === "late" || first === false ? { how: "late" } : first;
  } finally {
    settled.abort();
    signal.removeEventListener("abort", kill);
    kill();
  }
}

function endOf(child: ChildProcess): Promise<ChildEnd> {
  const reply = kept(child.stdout, MOST_REPLY_BYTES);
  const told = kept(child.stderr, MOST_TOLD_BYTES);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ how: "failed", told: error.message }));
    child.on("close", (_code, by) => {
      if (by !== null && CRASHES.has(by)) resolve({ how: "crashed", by, told: told() });
      else if (by !== null) resolve({ how: "killed", by });
      else resolve(parsed(reply()) ?? { how: "failed", told: told() });
    });
  });
}

/** The first bytes of a stream, as text; the rest is read and dropped, so that its writer never waits. */
function kept(stream: NodeJS.ReadableStream | null, most: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}

function parsed(text: string): ChildEnd | undefined {
  try {
    return { how: "replied", reply: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
