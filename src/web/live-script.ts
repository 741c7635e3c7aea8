/** The one script of the pages, served by ourselves: the content security policy allows no other. */
import { readFileSync } from "node:fs";
import type { Handler } from "./exchange.ts";

const SCRIPT = readFileSync(new URL("./pages/live.js", import.meta.url), "utf8");

export const liveScript: Handler = () => ({
  status: 200,
  contentType: "text/javascript; charset=utf-8",
  body: SCRIPT,
});
