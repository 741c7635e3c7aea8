/** Which parts of a decoded object are damaged. Bounded: of very many parts, those between the last ones count as damaged, too. */

const MAX_RANGES = 1000;

export class DamagedRanges {
  readonly #ranges: { start: number; end: number }[] = [];

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** In ascending order, else more counts as damaged than is. */
  add(start: number, end: number): void {
    const last = this.#ranges.at(-1);
    const joins = last !== undefined && (start <= last.end || this.#ranges.length >= MAX_RANGES);
    if (joins) {
      last.start = Math.min(last.start, start);
      last.end = Math.max(last.end, end);
    } else this.#ranges.push({ start, end });
  }

  touch(offset: number, size: number): boolean {
    return size > 0 && this.#ranges.some(({ start, end }) => offset < end && offset + size > start);
  }
}
