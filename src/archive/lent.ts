/** A fixed number of things that are lent out, made when they are first needed; who comes when all are out waits in line. */

export class Lent<T> {
  readonly #make: () => T;
  readonly #idle: T[] = [];
  readonly #waiting: ((thing: T) => void)[] = [];
  #unmade: number;

  constructor(most: number, make: () => T) {
    this.#unmade = most;
    this.#make = make;
  }

  /** In the order of the calls. */
  async take(): Promise<T> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#unmade === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#unmade -= 1;
    return this.#make();
  }

  giveBack(thing: T): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thing);
    else next(thing);
  }
}
