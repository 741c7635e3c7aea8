/** Notices when a connection has stood still for too long. A slow one is none of its business. */
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export class IdleWatch {
  readonly #clock: Clock;
  readonly #limit: Milliseconds;
  readonly #stopped = new AbortController();
  #movedAt: number;
  #isPaused = false;

  /** Calls `onIdle` once, when nothing has moved for `limit`. Runs until stopped. */
  constructor(clock: Clock, limit: Milliseconds, onIdle: () => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#movedAt = clock.monotonic();
    void this.#watch(onIdle);
  }

  moved(): void {
    this.#movedAt = this.#clock.monotonic();
  }

  /** While it is we who let the other side wait. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.moved();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #watch(onIdle: () => void): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const idle = this.#isPaused ? 0 : this.#clock.monotonic() - this.#movedAt;
      if (idle >= this.#limit) return onIdle();
      await this.#clock.sleep(this.#limit - idle, { signal, unref: true }).catch(() => undefined);
    }
  }
}
