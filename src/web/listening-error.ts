/** Why an address cannot be listened on, for the person who configured it. */
import { HoldfastError, messageOf } from "../domain/errors.ts";

export function listeningError(address: string, cause: unknown): HoldfastError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [why, next] = REASONS[code] ?? [messageOf(cause), "check http.listen in the config"];
  return new HoldfastError("usage", { what: `Listening on ${address}`, why, next, cause });
}

const NOT_OURS = [
  "this machine does not have that address",
  "set http.listen to one that it has, or to 0.0.0.0",
] as const;

const REASONS: Record<string, readonly [why: string, next: string]> = {
  EADDRINUSE: ["another process listens there already", "stop it, or set http.listen to another port"],
  EACCES: ["this user may not listen there", "set http.listen to a port above 1023"],
  EADDRNOTAVAIL: NOT_OURS,
  ENOTFOUND: NOT_OURS,
};
