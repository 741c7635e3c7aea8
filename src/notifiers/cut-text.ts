/** Cutting text to a receiver's limit so that what matters stays: the limit holds after escaping, no character is halved. */

export interface CutOptions {
  /** In UTF-16 units, after escaping. */
  limit: number;
  /** Applied to each character. */
  escape?: (character: string) => string;
}

const MARK = "…";
/** An error says what failed at its beginning and why at its end. */
const SHARE_OF_END = 0.4;

/** Keeps the beginning. */
export function cutEnd(text: string, { limit, escape = same }: CutOptions): string {
  return whole(text, limit, escape) ?? `${beginning(text, limit - MARK.length, escape)}${MARK}`;
}

/** Keeps the beginning and the end. */
export function cutMiddle(text: string, { limit, escape = same }: CutOptions): string {
  const fits = whole(text, limit, escape);
  if (fits !== undefined) return fits;
  const mark = ` ${MARK} `;
  const forEnd = Math.floor((limit - mark.length) * SHARE_OF_END);
  const forBeginning = limit - mark.length - forEnd;
  return `${beginning(text, forBeginning, escape)}${mark}${end(text, forEnd, escape)}`;
}

const same = (character: string) => character;

function whole(text: string, limit: number, escape: (character: string) => string): string | undefined {
  if (text.length > limit) return undefined;
  const escaped = charactersOf(text).map(escape).join("");
  return escaped.length <= limit ? escaped : undefined;
}

function beginning(text: string, room: number, escape: (character: string) => string): string {
  return fill(charactersOf(text.slice(0, room)), room, escape).join("");
}

function end(text: string, room: number, escape: (character: string) => string): string {
  const backwards = charactersOf(text.slice(-room)).reverse();
  return fill(backwards, room, escape).reverse().join("");
}

function fill(characters: string[], room: number, escape: (character: string) => string): string[] {
  const filled: string[] = [];
  let left = room;
  for (const character of characters) {
    const escaped = escape(character);
    if (escaped.length > left) break;
    filled.push(escaped);
    left -= escaped.length;
  }
  return filled;
}

/** Without halves of characters, which no JSON receiver accepts. */
function charactersOf(text: string): string[] {
  return Array.from(text).filter((character) => character.isWellFormed());
}
