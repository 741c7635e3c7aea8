/** One HTTP request on behalf of the user. */
import type { HttpHook } from "../domain/job.ts";

export interface HttpCaller {
  /**
   * Resolves when the answer is 2xx; throws `source` with the beginning of any other. Redirects are not followed. No error
   * tells the address beyond its host, nor a header: they may hold secrets.
   */
  call(request: HttpHook, signal: AbortSignal): Promise<void>;
}
