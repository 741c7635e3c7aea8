/** How large the parts of an upload are whose size nobody knows beforehand, so that any size fits into the parts allowed. */

const MIB = 2 ** 20;
/** The largest object of S3. */
const LARGEST_OBJECT = 5 * 2 ** 40;
/** S3's own limit of one part. */
const LARGEST_PART = 5 * 2 ** 30;

export interface PartRules {
  /** Of the first parts. */
  partSize: number;
  maxParts: number;
  equalParts: boolean;
}

/**
 * Parts stay at `partSize` for the first `steady` of them, and are then what was sent divided by `steady`: as little as
 * still reaches the largest object (with few parts: a quarter of what they can hold). With 10,000 parts of 8 MiB they begin to grow at 11 GiB, and at 100 GiB are 73 MiB.
 */
export class PartSizes {
  readonly #rules: PartRules;
  readonly #steady: number;

  constructor(rules: PartRules) {
    this.#rules = rules;
    this.#steady = steadyParts(rules);
  }

  /** Of the part that follows when so many bytes have been sent. */
  next(sent: number): number {
    const { partSize, equalParts } = this.#rules;
    if (equalParts) return partSize;
    const grown = Math.ceil(sent / this.#steady / MIB) * MIB;
    return Math.min(Math.max(partSize, grown), LARGEST_PART);
  }
}

/** The most steady parts with which growth still reaches the largest object; one where nothing does. */
function steadyParts(rules: PartRules): number {
  const size = Math.min(LARGEST_OBJECT, (rules.maxParts * LARGEST_PART) / 4);
  let [fits, tooMany] = [1, rules.maxParts + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (partsFor(size, middle, rules.partSize) <= rules.maxParts) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

/** A growing part makes what was sent larger by one `steady`th: a geometric series, until parts cannot grow any more. */
function partsFor(size: number, steady: number, partSize: number): number {
  const grownAt = Math.min(size, steady * LARGEST_PART);
  const growing = Math.log(grownAt / (steady * partSize)) / Math.log1p(1 / steady);
  return steady + Math.max(0, growing) + (size - grownAt) / LARGEST_PART;
}
