/** Extended attributes in the records of a pax header, as star and GNU tar (`SCHILY.xattr.`) and libarchive write them. */
import { isUtf8 } from "node:buffer";

import type { XattrFields } from "../xattrs/xattrs.ts";
import type { PaxRecords } from "./pax-records.ts";

const SCHILY = "SCHILY.xattr.";
const LIBARCHIVE = "LIBARCHIVE.xattr.";
/** The kernel takes no longer names. */
const MAX_NAME_BYTES = 255;

/** Undefined where there are none. Names that no attribute can have are left out. */
export function memberXattrs(records: PaxRecords): XattrFields | undefined {
  const found = new Map<string, string>();
  for (const [key, value] of records) {
    if (key.startsWith(LIBARCHIVE) && /^[A-Za-z0-9+/]*={0,2}$/.test(value))
      add(found, unescaped(key.slice(LIBARCHIVE.length)), value);
  }
  // These are the bytes themselves: where both are there, they count.
  for (const [key, value] of records) {
    if (key.startsWith(SCHILY))
      add(found, unescaped(key.slice(SCHILY.length)), Buffer.from(value, "latin1").toString("base64"));
  }
  return found.size === 0 ? undefined : Object.fromEntries(found);
}

/** Of these an empty value is one. */
export function isXattrKey(key: string): boolean {
  return key.startsWith(SCHILY) || key.startsWith(LIBARCHIVE);
}

/** ACLs that are there only as text, which only tars understand. */
export function hasTextAclOnly(records: PaxRecords): boolean {
  return ["access", "default"].some(
    (kind) => records.has(`SCHILY.acl.${kind}`) && !records.has(`${SCHILY}system.posix_acl_${kind}`),
  );
}

function add(found: Map<string, string>, name: string, value: string): void {
  const bytes = Buffer.from(name, "latin1");
  const isName = name !== "" && bytes.length <= MAX_NAME_BYTES && !name.includes("\0") && isUtf8(bytes);
  // Of a name such as __proto__ no object could be made; no namespace begins so.
  if (isName && /^[a-z]+\../.test(name)) found.set(bytes.toString("utf8"), value);
}

/** An equals sign would end the keyword, so it is escaped; libarchive escapes more. */
function unescaped(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
