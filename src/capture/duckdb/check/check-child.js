/**
 * First code of the process that opens captured DuckDB databases: takes its real code from the cache that bin/holdfast.js
 * describes. The only one that loads DuckDB, which takes 37 MB and may crash.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../../../../node_modules/.cache/holdfast"));
const { serveCheck } = await import("./serve-check.ts");
await serveCheck();
