/** What a failed connection means, as a sentence: nobody answered, or what came cannot be trusted. */
import { HoldfastError } from "../domain/errors.ts";

export function networkError(what: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const code = codeOf(error);
  const untrusted = code !== undefined && /CERT|SIGNATURE|^ERR_TLS|UNABLE_TO/.test(code);
  if (!untrusted) {
    return new HoldfastError("store", { what, why: troubleOf(code), cause: error, transient: true });
  }
  return new HoldfastError("store", {
    what,
    why: `the server's certificate is not trusted (${code})`,
    next: "check `endpoint` and the clock of this machine, or give the proxy's certificate by NODE_EXTRA_CA_CERTS",
    cause: error,
  });
}

function troubleOf(code: string | undefined): string {
  if (code === undefined) return "the connection failed";
  return TROUBLES[code] ?? `the connection failed (${code})`;
}

/** That of the innermost error: `AggregateError` has one for each address that was tried. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause);
}

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENETUNREACH: "the network cannot be reached",
  EHOSTUNREACH: "the host cannot be reached",
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "no connection came about in time",
};
