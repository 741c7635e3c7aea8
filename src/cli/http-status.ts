/** `holdfast http-status URL`: in a container in the network of others; prints the status of the answer, if there is one. */
import { askStatus } from "../daemon/compose-ask.ts";
import { EXIT } from "./exit-codes.ts";
import { printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const httpStatus: Verb<object, [url: string]> = async ({ terminal, signal }, _options, url) => {
  await printLine(terminal, String(await askStatus(url, signal)));
  return EXIT.done;
};
