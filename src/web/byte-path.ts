/** Paths of files in addresses. A name may be any bytes: each byte that is no plain character is percent-encoded by itself. */

/** `bytes`: one character a byte, as the index of a point compares them. */
export function encodeBytes(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9_.~/-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The bytes of a parameter of a query, which was not decoded; undefined where it is not there, or is not well-formed. */
export function bytesIn(query: string, name: string): string | undefined {
  const value = query
    .split("&")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  if (value === undefined || /%(?![0-9A-Fa-f]{2})/.test(value)) return undefined;
  return value.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What a person reads; bytes that are no UTF-8 as a sign that something is there. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

const LONGEST_NAME = 150;

/**
 * RFC 6266 for a file of any name: no path, no control or direction-changing character, nothing that ends the header or hides
 * the file.
 */
export function attachmentNamed(path: string): string {
  const name = textOfBytes(path.slice(path.lastIndexOf("/") + 1))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd/\\]/gu, "_")
    .replace(/^\.+/, "_")
    .slice(0, LONGEST_NAME)
    .toWellFormed();
  const ascii = name.replace(/[^A-Za-z0-9_. ()+,-]/g, "_") || "file";
  const encoded = encodeURIComponent(name || "file").replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
