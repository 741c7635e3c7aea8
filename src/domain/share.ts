/** A share of a whole as people write it. */

export const SHARE_FORMS = "a percentage above 0 and up to 100 such as 10% or 0.5%";

/** Of 1; undefined where the text is none. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d+)?) ?%?$/.exec(text.trim());
  // Moved by its exponent, not divided: 99.9 / 100 is not 0.999.
  const digits = match?.[1] ?? "NaN";
  const percent = Number(digits);
  return percent > 0 && percent <= 100 ? Number(`${digits}e-2`) : undefined;
}

export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(6))}%`;
}
