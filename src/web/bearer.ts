/** Compares a bearer token in constant time. */
import { isEqual } from "./session.ts";

export function isAuthorized(authorization: string | undefined, token: string): boolean {
  return isEqual(/^Bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? "", token);
}
