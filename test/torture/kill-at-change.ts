/**
 * Preloaded into Holdfast (`--import …/kill-at-change.ts?at=17`), it kills the process, as `kill -9` does, right before its
 * 17th change of the file system. Without a number it lets the process live, and says at the end how many there were.
 */
import { promises, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const CHANGES_OF_FOLDERS = ["mkdir", "link", "rename", "unlink", "rmdir", "rm"] as const;
const CHANGES_OF_FILES = ["write", "sync", "datasync"] as const;
const STDERR = 2;

const killAt = Number(new URL(import.meta.url).searchParams.get("at") ?? Infinity);
let changes = 0;

function watch<Name extends string>(target: Record<Name, unknown>, name: Name): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]) {
    changes++;
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
  process.on("exit", () => writeSync(STDERR, `changes: ${changes}\n`));
}
