/** Why Google gives no token, as a sentence with the setting to change. */
import { ZodError } from "zod";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { networkError } from "./network-error.ts";

export function credentialError(what: string, error: unknown, keyFile: string | undefined): HoldfastError {
  const facts = troubleOf(error, keyFile);
  if (facts !== undefined) return new HoldfastError("store", { what, cause: error, ...facts });
  const status = statusOf(error);
  if (status === undefined && isOfTheNetwork(error)) return networkError(what, error);
  const why = `Google gives no token (${describe(error)})`;
  const transient = status === 429 || (status !== undefined && status >= 500);
  return new HoldfastError("store", { what, why, cause: error, transient });
}

function troubleOf(error: unknown, keyFile: string | undefined): { why: string; next: string } | undefined {
  const said = describe(error);
  if (/Could not load the default credentials/.test(said)) {
    return {
      why: "there are no credentials for Google Cloud",
      next: "set `keyFile` or GOOGLE_APPLICATION_CREDENTIALS, or run where a service account is attached",
    };
  }
  const source = keyFile === undefined ? "GOOGLE_APPLICATION_CREDENTIALS" : `\`keyFile\` ${keyFile}`;
  if (/^ENOENT|^EACCES|^EISDIR|does not exist, or it is not a file/.test(said)) {
    return {
      why: `${source} cannot be read`,
      next: "check the path, that it is mounted, and who may read it",
    };
  }
  const isOther = error instanceof SyntaxError || error instanceof ZodError;
  if (isOther || /does not contain|is not valid JSON|Expected property name/.test(said)) {
    return {
      why: `${source} does not hold credentials as JSON`,
      next: "mount the file that Google gave out",
    };
  }
  return troubleOfGrant(said);
}

/** The token endpoint answers `invalid_grant` for everything; only its description tells. */
function troubleOfGrant(said: string): { why: string; next: string } | undefined {
  if (/short-lived token|reasonable timeframe|iat and exp/i.test(said)) {
    return { why: "the clock of this machine is wrong by minutes", next: "set it by NTP" };
  }
  if (/invalid_rapt|expired or revoked/i.test(said)) {
    return {
      why: "the login has expired or was revoked",
      next: "use the key of a service account, or log in again",
    };
  }
  if (/invalid_grant|invalid_client|unauthorized_client|DECODER|asn1|PEM/i.test(said)) {
    return {
      why: `Google does not accept the key (${said})`,
      next: "check that the service account exists, is enabled and still has this key",
    };
  }
  return undefined;
}

/** The description of the token endpoint, where there is one, says more than the message. */
function describe(error: unknown): string {
  const data = recordOf(recordOf(recordOf(error)["response"])["data"]);
  const parts = [data["error"], data["error_description"]].filter((part) => typeof part === "string");
  const text = parts.length > 0 ? parts.join(": ") : messageOf(error);
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 300)
    .toWellFormed();
}

function statusOf(error: unknown): number | undefined {
  const { status } = recordOf(recordOf(error)["response"]);
  return typeof status === "number" ? status : undefined;
}

/** `ECONNREFUSED` and the like, and what TLS finds wrong; the library has codes of its own. */
function isOfTheNetwork(error: unknown): boolean {
  const code = recordOf(error)["code"];
  return typeof code === "string" && /^E[A-Z]+(_[A-Z]+)?$|CERT|SIGNATURE|^ERR_TLS|UNABLE_TO/.test(code);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
