/**
 * First code of a thread: takes the thread's real code from the cache that bin/holdfast.js describes, which in
 * threads has to be asked for again, and runs it. Plain JavaScript for the same reason.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../../node_modules/.cache/holdfast"));
const { run } = await import(process.argv[2]);
// Now, because a thread is ended from outside as soon as its work is done.
flushCompileCache();
run();
