/** A share of a whole as people write it. */

export const SHARE_FORMS = "a percentage above 0 and up to 100 such as 10% or 0.5%";

/** Of 1; undefined where the text is none. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d+)?) ?%?$/.exec(text.trim());
  const percent = Number(match?.[1] ?? NaN);
  return percent > 0 && percent <= 100 ? percent / 100 : undefined;
}

export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(6))}%`;
}
