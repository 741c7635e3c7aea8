/**
 * Preloaded into Holdfast (`--import …/kill-at-change.ts?at=17`), it kills the process, as `kill -9` does, right before its
 * 17th change of the file system. Without a number it lets the process live, and says at the end how many there were. With
 * `since=text` it counts from the first change of something with that in its path.
 */
import { promises, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const CHANGES_OF_FOLDERS = ["mkdir", "link", "rename", "unlink", "rmdir", "rm"] as const;
const CHANGES_OF_FILES = ["write", "sync", "datasync"] as const;
const STDERR = 2;

const { searchParams } = new URL(import.meta.url);
const killAt = Number(searchParams.get("at") ?? Infinity);
const since = searchParams.get("since");
let hasBegun = since === null;
let changes = 0;

function watch<Name extends string>(target: Record<Name, unknown>, name: Name): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]) {
    hasBegun ||= String(args[0]).includes(since ?? "");
    if (hasBegun) changes++;
    if (changes === killAt) process.kill(process.pid, "SIGKILL");
    return original.apply(this, args);
  };
}

// The workers of a run only read.
if (isMainThread) {
  const handle = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  for (const name of CHANGES_OF_FOLDERS) watch(promises, name);
  for (const name of CHANGES_OF_FILES) watch(prototype, name);
  syncBuiltinESMExports();
  // Not before: what it loads must see the watched calls.
  const { kernelCalls } = await import("../../src/archive/restore/kernel-calls.ts");
  const calls: { rename?: unknown } = kernelCalls();
  if (calls.rename !== undefined) watch(calls as { rename: unknown }, "rename");
  process.on("exit", () => writeSync(STDERR, `changes: ${changes}\n`));
}
