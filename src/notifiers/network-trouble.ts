/** What happened to a connection, without the address that the network layer's own errors quote. */

export function networkTrouble(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return "the connection failed";
  return TROUBLES[code] ?? `the connection failed (${code})`;
}

/** `fetch` wraps what happened; the code is on the innermost error. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = codeOf(error.cause);
  return inner ?? ("code" in error && typeof error.code === "string" ? error.code : undefined);
}

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed without an answer",
  UND_ERR_SOCKET: "the connection was closed without an answer",
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "no connection came about in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection came about in time",
  ERR_INVALID_URL: "the configured address is not a URL",
};
