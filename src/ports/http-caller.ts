/** HTTP requests on behalf of the user. No error tells an address beyond its host: it may hold secrets. */
import type { HttpHook } from "../domain/job.ts";

export interface HttpCaller {
  /**
   * Resolves when the answer is 2xx; throws `source` with the beginning of any other. Redirects are not followed. No error
   * tells a header either.
   */
  call(request: HttpHook, signal: AbortSignal): Promise<void>;
  /** Of the answer to a GET, whatever it is; redirects are not followed. Throws `source` without an answer. */
  statusOf(url: string, signal: AbortSignal): Promise<number>;
}
