/** Names and texts as parts of statements for MySQL and MariaDB. */

export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** Whatever the server's modes, character sets and the client make of text: as digits. */
export function textOf(text: string): string {
  return text === "" ? "''" : `CONVERT(0x${Buffer.from(text).toString("hex")} USING utf8mb4)`;
}
