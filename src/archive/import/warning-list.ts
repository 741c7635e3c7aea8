/** Warnings about members: the first of them, and how many more there were. */

const NAMED = 50;

export class WarningList {
  readonly #first: string[] = [];
  #count = 0;

  add(message: string): void {
    this.#count += 1;
    if (this.#first.length < NAMED) this.#first.push(message);
  }

  all(): string[] {
    const more = this.#count - this.#first.length;
    return more === 0 ? this.#first : [...this.#first, `there were ${more} more warnings like these`];
  }
}
