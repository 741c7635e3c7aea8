/**
 * Loads every file of the program once, so that the cache of stripped and compiled code beside it is complete. Run when an
 * image is built: its root is read-only later.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { glob } from "node:fs/promises";
import { join } from "node:path";

const src = join(import.meta.dirname, "../src");
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/holdfast"));

/** What acts when it is loaded: the program itself and its threads. */
const ACTS = /(^main|-worker)\.ts$/;

for await (const file of glob("**/*.ts", { cwd: src })) {
  if (!ACTS.test(file) && !file.endsWith(".test.ts")) await import(join(src, file));
}
flushCompileCache();
