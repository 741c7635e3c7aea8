/** Tells the errors of a put's body, which pass through unchanged, from the store's own. */
export class BodyError {
  #failed = false;
  #error: unknown;

  async *watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body;
    } catch (error) {
      this.#failed = true;
      this.#error = error;
      throw error;
    }
  }

  is(error: unknown): boolean {
    return this.#failed && error === this.#error;
  }
}
