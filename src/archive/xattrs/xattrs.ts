/** Extended attributes of an entry, and how the index and the tar write them. */

/** Values by name (`user.comment`, `system.posix_acl_access`), which is text. */
export type Xattrs = ReadonlyMap<string, Buffer>;

export const ACCESS_ACL = "system.posix_acl_access";
export const DEFAULT_ACL = "system.posix_acl_default";

/** As the index has them: base64 by name. */
export type XattrFields = Record<string, string>;

export function toFields(xattrs: Xattrs): XattrFields {
  return Object.fromEntries([...xattrs].map(([name, value]) => [name, value.toString("base64")]));
}

export function fromFields(fields: XattrFields): Xattrs {
  return new Map(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value, "base64")]));
}

/** Of what is not our own: names that the kernel could take, values that are base64. */
export function isXattrFields(value: unknown): value is XattrFields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      name !== "" && !name.includes("\0") && typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  );
}

/**
 * The keyword of the pax record that GNU tar and bsdtar know. An equals sign would end it, so it is written as GNU tar writes
 * it.
 */
export function paxKeyword(name: string): string {
  return `SCHILY.xattr.${name.replaceAll("%", "%25").replaceAll("=", "%3D")}`;
}
