/** Cutting text to a receiver's limit so that what matters stays: the limit holds after escaping, no character is halved. */

export interface CutOptions {
  /** Of the text after escaping: in UTF-16 units, or in what `sizeOf` counts. */
  limit: number;
  /** Applied to each character. */
  escape?: (character: string) => string;
  /** How a receiver counts that does not count UTF-16 units; at least as many of its units as those. */
  sizeOf?: (text: string) => number;
}

/** For receivers that count bytes of UTF-8. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

const MARK = "…";
/** An error says what failed at its beginning and why at its end. */
const SHARE_OF_END = 0.4;

/** Keeps the beginning. */
export function cutEnd(text: string, options: CutOptions): string {
  const { limit, sizeOf = unitsOf } = options;
  return whole(text, options) ?? `${beginning(text, limit - sizeOf(MARK), options)}${MARK}`;
}

/** Keeps the beginning and the end. */
export function cutMiddle(text: string, options: CutOptions): string {
  const fits = whole(text, options);
  if (fits !== undefined) return fits;
  const { limit, sizeOf = unitsOf } = options;
  const mark = ` ${MARK} `;
  const room = limit - sizeOf(mark);
  const forEnd = Math.floor(room * SHARE_OF_END);
  return `${beginning(text, room - forEnd, options)}${mark}${end(text, forEnd, options)}`;
}

const same = (character: string) => character;
const unitsOf = (text: string) => text.length;

function whole(text: string, { limit, escape = same, sizeOf = unitsOf }: CutOptions): string | undefined {
  if (text.length > limit) return undefined;
  const escaped = charactersOf(text).map(escape).join("");
  return sizeOf(escaped) <= limit ? escaped : undefined;
}

function beginning(text: string, room: number, options: CutOptions): string {
  return fill(charactersOf(text.slice(0, room)), room, options).join("");
}

function end(text: string, room: number, options: CutOptions): string {
  const backwards = charactersOf(text.slice(-room)).reverse();
  return fill(backwards, room, options).reverse().join("");
}

function fill(characters: string[], room: number, { escape = same, sizeOf = unitsOf }: CutOptions): string[] {
  const filled: string[] = [];
  let left = room;
  for (const character of characters) {
    const escaped = escape(character);
    const size = sizeOf(escaped);
    if (size > left) break;
    filled.push(escaped);
    left -= size;
  }
  return filled;
}

/** Without halves of characters, which no JSON receiver accepts. */
function charactersOf(text: string): string[] {
  return Array.from(text).filter((character) => character.isWellFormed());
}
