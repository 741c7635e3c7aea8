/** What a failed connection means, as a sentence: nobody answered, or who did cannot be trusted. */
import { HoldfastError, messageOf } from "../../domain/errors.ts";

export function networkError(what: string, error: unknown): HoldfastError {
  const code = codeOf(error);
  const trust = troubleOfTrust(code);
  if (trust !== undefined) return new HoldfastError("store", { what, cause: error, ...trust });
  const why = TROUBLES[code] ?? `the connection failed: ${messageOf(error)}`;
  const next = NEXT[code];
  return new HoldfastError("store", {
    ...{ what, why, cause: error, transient: true },
    ...(next === undefined ? {} : { next }),
  });
}

/** That of the innermost error: `AggregateError` has one for each address that was tried. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.name === "TimeoutError" && !("code" in error)) return "ETIMEDOUT";
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause);
}

function troubleOfTrust(code: string): { why: string; next: string } | undefined {
  if (/SELF_SIGNED|UNABLE_TO|UNTRUSTED|CERT_SIGNATURE/.test(code)) {
    return {
      why: `nobody vouches for the server's certificate (${code})`,
      next: "name the file of the authority that issued it in `caFile`",
    };
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return {
      why: `the server's certificate is not valid now (${code})`,
      next: "renew it, or set the clock of this machine",
    };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return {
      why: "the server's certificate is for another name",
      next: "check `endpoint`, and try `pathStyle: true`",
    };
  }
  if (/^ERR_SSL|^EPROTO$/.test(code)) {
    return {
      why: `the server does not speak TLS as it should (${code})`,
      next: "check `endpoint`: https or http",
    };
  }
  return undefined;
}

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  ERR_STREAM_PREMATURE_CLOSE: "the connection was cut",
  EPIPE: "the connection was cut",
  ENETUNREACH: "the network cannot be reached",
  EHOSTUNREACH: "the host cannot be reached",
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "the server did not answer in time",
};

const NEXT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "check `endpoint`, and that the server runs",
  ENOTFOUND: "check `endpoint`, `bucket` and `pathStyle`",
};
