/** A Clock that moves only when told to. */
import type { Clock } from "../../src/ports/clock.ts";

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  #sleepers = new Set<Sleeper>();

  constructor(start: number | string = "2026-11-20T00:00:00Z") {
    this.#now = typeof start === "string" ? Date.parse(start) : start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** How many sleeps wait: a test waits for this instead of for time. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  async sleep(duration: number, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (duration <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = { wakeAt: this.#elapsed + duration, wake: () => settle(resolve) };
      const onAbort = () => settle(() => reject(signal?.reason as Error));
      const settle = (how: () => void) => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", onAbort);
        how();
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves time on, waking each sleeper at its own instant and letting it run before the next. */
  async advance(duration: number): Promise<void> {
    const end = this.#elapsed + duration;
    for (;;) {
      await settleMicrotasks();
      const due = [...this.#sleepers].filter((s) => s.wakeAt <= end).sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (due === undefined) break;
      this.#move(Math.max(0, due.wakeAt - this.#elapsed));
      due.wake();
    }
    this.#move(end - this.#elapsed);
    await settleMicrotasks();
  }

  /** Time has moved on to there while nobody looked: wakes nobody, and never moves back. */
  protected slipTo(elapsed: number): void {
    this.#move(Math.max(0, elapsed - this.#elapsed));
  }

  /** Sets the wall clock alone, as an administrator or NTP would. */
  jumpTo(instant: number): void {
    this.#now = instant;
  }

  #move(duration: number): void {
    this.#elapsed += duration;
    this.#now += duration;
  }
}

/** Lets everything that needs no time run: promises, and a few turns of the event loop for real I/O callbacks. */
async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
