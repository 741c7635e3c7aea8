/** What redis-cli says that is told to write types, too (`--no-raw`): only so a refusal is not taken for a value. */

/** Of a refusal. */
const ERROR = /^\(error\) (.*)/;
/** Behind an answer that took half a second or more. */
const TOOK = /\n\(\d+\.\d\ds\)$/;
const NUMBER = /^\((?:integer|double)\) (.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };

export type RedisReply = { refused: string } | { value: string };

/** One value is given as it is; of several, the lines that redis-cli writes. */
export function readReply(said: string): RedisReply {
  const text = said.trimEnd().replace(TOOK, "");
  const [, refused] = ERROR.exec(text) ?? [];
  if (refused !== undefined) return { refused };
  if (text === "(nil)") return { value: "" };
  const [, number] = NUMBER.exec(text) ?? [];
  if (number !== undefined) return { value: number };
  const isText = text.length > 1 && text.startsWith('"') && text.endsWith('"') && !text.includes("\n");
  return { value: isText ? unquoted(text.slice(1, -1)) : text };
}

/** Each byte that is not plain stands there as one of its own. */
function unquoted(text: string): string {
  const plain = text.replaceAll(
    /\\(?:x([0-9a-f]{2})|(.))/g,
    (_all, hex: string | undefined, letter: string) =>
      hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, "latin1").toString("utf8");
}
