/**
 * First code of the process that touches SQLite databases which are not ours: takes its real code from the cache that
 * bin/holdfast.js describes.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../../../node_modules/.cache/holdfast"));
const { serveSqlite } = await import("./serve-sqlite.ts");
await serveSqlite();
