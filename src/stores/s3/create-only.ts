/**
 * What is known of a server's conditional writes: whether it keeps `If-None-Match: *`, which makes a put create-only
 * for everybody at once. Found out with the first object that is put.
 */

export class CreateOnly {
  #whole: "unknown" | "kept" | "not-kept" = "unknown";
  #completion: "unknown" | "refused" = "unknown";

  /** The server has been seen to refuse a second object of a key: nothing needs to be looked at beforehand. */
  isKept(of: PutForm): boolean {
    return this.#whole === "kept" && (of === "whole" || this.#completion !== "refused");
  }

  /** Whether to send the condition. */
  isAsked(of: PutForm): boolean {
    return this.#whole !== "not-kept" && (of === "whole" || this.#completion !== "refused");
  }

  /** A put has just succeeded with the condition, and what it is worth is not known yet. */
  get isUnproven(): boolean {
    return this.#whole === "unknown";
  }

  /** The server has been seen to take a second object of a key, or does not take the condition. */
  get isDisproved(): boolean {
    return this.#whole === "not-kept";
  }

  /** What the server did when the object that it had just taken was put a second time. */
  prove(refusedSecond: boolean): void {
    this.#whole = refusedSecond ? "kept" : "not-kept";
  }

  /** The server does not take the condition. */
  refuse(of: PutForm): void {
    if (of === "whole") this.#whole = "not-kept";
    else this.#completion = "refused";
  }
}

/** By one request, or by the end of an upload in parts. */
export type PutForm = "whole" | "parts";

/** Within this process, one after the other: who comes second finds what the first one has put. */
export class KeyTurns {
  readonly #last = new Map<string, Promise<void>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const done = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, done);
    try {
      return await result;
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}
