/** Names of members as byte paths below a restore's target, or why they are none. */
import { ROOT_PATH } from "../byte-path.ts";
import { MAX_DEPTH, MAX_PATH_BYTES } from "./limits.ts";

export interface MemberName {
  path: string;
  /** It was absolute: the slashes in front were taken off, as tar does. */
  wasAbsolute: boolean;
}

/** The path, or a reason to refuse the name. */
export function readMemberName(name: string): MemberName | string {
  if (name === "") return "is empty";
  if (name.length > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (name.includes("\0")) return "holds a zero byte";
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return "leads out of the target with ..";
  if (parts.length > MAX_DEPTH) return `is more than ${MAX_DEPTH} directories deep`;
  return {
    path: parts.length === 0 ? ROOT_PATH : parts.join("/"),
    wasAbsolute: name.startsWith("/"),
  };
}
