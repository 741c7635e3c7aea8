/** Wires the question what an address answers, asked from where this process is. */
import { createHttpCaller } from "../hooks/http-caller.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";

/** Less than whoever waits for the container that asks does. */
const LIMIT: Milliseconds = 10 * SECOND;

/** The status of the answer to a GET. Throws `source` without one. */
export function askStatus(url: string, signal: AbortSignal): Promise<number> {
  return createHttpCaller().statusOf(url, AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]));
}
