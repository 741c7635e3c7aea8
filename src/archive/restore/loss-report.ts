/** What a restore had to leave out, counted by kind, so that a million entries make one warning. */

interface Loss {
  first: string;
  count: number;
  why: string;
}

export class LossReport {
  readonly #kinds = new Map<string, Loss>();

  /** `kind` is a plural that starts the sentence; `why` is told of the first one. */
  add(kind: string, path: string, why: string): void {
    const loss = this.#kinds.get(kind);
    if (loss === undefined) this.#kinds.set(kind, { first: path, count: 1, why });
    else loss.count += 1;
  }

  sentences(): string[] {
    return [...this.#kinds].map(([kind, { first, count, why }]) => {
      const of = count === 1 ? first : `${count} entries, the first of them ${first}`;
      return `${kind} were not restored, because ${why}: ${of}`;
    });
  }
}
