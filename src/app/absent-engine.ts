/** Stacks that give no socket have nobody to ask: that is no trouble, as an engine that does not answer is one. */

/** Whether the request failed because there is no socket of an engine. */
export function isEngineAbsent(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ((at as { code?: unknown }).code === "ENOENT") return true;
  }
  return false;
}
