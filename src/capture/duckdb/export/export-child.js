/**
 * First code of the process that exports captured DuckDB databases: takes its real code from the cache that bin/holdfast.js
 * describes. It loads DuckDB, which may crash.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../../../../node_modules/.cache/holdfast"));
const { serveExport } = await import("./serve-export.ts");
await serveExport();
