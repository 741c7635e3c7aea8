/** Content negotiation, as much of RFC 9110 section 12.5.1 as a server of three media types needs. */

/** The offered media type that the client likes best; of equals, and without a header, the first. */
export function preferred<Offer extends string>(
  accept: string | undefined,
  offers: readonly [Offer, ...Offer[]],
): Offer {
  const ranges = (accept ?? "*/*").split(",").map(parseRange);
  const [best] = offers
    .map((offer) => ({ offer, quality: qualityOf(offer, ranges) }))
    .sort((a, b) => b.quality - a.quality);
  return best === undefined ? offers[0] : best.offer;
}

/** Whether a response may be sent in this coding. */
export function accepts(acceptEncoding: string | undefined, coding: string): boolean {
  return (acceptEncoding ?? "")
    .split(",")
    .map(parseRange)
    .some(({ name, quality }) => name === coding && quality > 0);
}

interface Range {
  name: string;
  quality: number;
}

function parseRange(part: string): Range {
  const [name = "", ...parameters] = part.split(";").map((token) => token.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { name, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The most specific range that covers the type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  for (const name of [type, family, "*/*"]) {
    const range = ranges.find((each) => each.name === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
