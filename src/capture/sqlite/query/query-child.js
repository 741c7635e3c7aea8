/**
 * First code of the process that asks captured SQLite databases what somebody wants to know: takes its real code from the cache
 * that bin/holdfast.js describes.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../../../../node_modules/.cache/holdfast"));
const { serveQuery } = await import("./serve-query.ts");
await serveQuery();
