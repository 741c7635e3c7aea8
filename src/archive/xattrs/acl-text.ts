/**
 * POSIX ACLs as text, `user::rw-,user:1000:r--,…`: what tar readers restore ACLs from. The kernel's form is a version and
 * then 8 bytes an entry: tag, permissions, id (include/uapi/linux/posix_acl_xattr.h).
 */
const VERSION = 2;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;
const NO_ID = 0xffffffff;

const TAGS: Record<number, string> = {
  1: "user",
  2: "user",
  4: "group",
  8: "group",
  16: "mask",
  32: "other",
};

/** Undefined for what is no ACL of the version that is known. */
export function aclText(value: Buffer): string | undefined {
  if (value.length <= HEADER_BYTES || (value.length - HEADER_BYTES) % ENTRY_BYTES !== 0) return undefined;
  if (value.readUInt32LE(0) !== VERSION) return undefined;
  const entries: string[] = [];
  for (let at = HEADER_BYTES; at < value.length; at += ENTRY_BYTES) {
    const tag = TAGS[value.readUInt16LE(at)];
    if (tag === undefined) return undefined;
    const bits = value.readUInt16LE(at + 2);
    const id = value.readUInt32LE(at + 4);
    const who = id === NO_ID ? "" : String(id);
    entries.push(`${tag}:${who}:${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`);
  }
  return entries.join(",");
}
