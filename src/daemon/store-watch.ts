/**
 * Looks at the stores again when a run has changed them, also one of another process, and now and then in any case. A store that
 * is slow to answer keeps nobody from looking at the others again.
 */
import type { AppContext } from "../app/app-context.ts";
import type { StatusKeeper } from "../app/status-keeper.ts";
import { asError } from "../domain/errors.ts";
import { MINUTE, SECOND, type Milliseconds } from "../domain/instant.ts";
import { Alarm } from "./alarm.ts";

/** The history is asked for new runs this often: a `holdfast backup` by hand shows up within it. */
const POLL_EVERY: Milliseconds = 2 * SECOND;
/** Stores are looked at this often even when no run is known to have changed them. */
const REFRESH_EVERY: Milliseconds = MINUTE;

export interface StoreWatchOptions {
  context: AppContext;
  keeper: StatusKeeper;
  /** Told after each look. */
  onRefreshed: () => void;
  /** Told when the history cannot be read; the watch goes on. */
  onTrouble: (error: Error) => void;
}

export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #alarm: Alarm;
  #lastRun: string | undefined;
  #refreshedAt: Milliseconds = Number.NEGATIVE_INFINITY;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.context.clock);
  }

  /** Something has happened: look now. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Until the signal fires; then resolves, when no look is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const looks = new Set<Promise<void>>();
    while (!signal.aborted) {
      const look = this.#lookIfDue(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#options.onTrouble(asError(error));
      });
      looks.add(look);
      void look.then(() => looks.delete(look));
      await this.#alarm.sleep(POLL_EVERY, signal);
    }
    await Promise.all(looks);
  }

  async look(signal: AbortSignal): Promise<void> {
    const { context, keeper, onRefreshed } = this.#options;
    this.#lastRun = this.#newestRun();
    this.#refreshedAt = context.clock.monotonic();
    await keeper.refresh(signal);
    onRefreshed();
  }

  async #lookIfDue(signal: AbortSignal): Promise<void> {
    if (this.#isDue()) await this.look(signal);
  }

  #isDue(): boolean {
    if (this.#options.context.clock.monotonic() - this.#refreshedAt >= REFRESH_EVERY) return true;
    return this.#newestRun() !== this.#lastRun;
  }

  #newestRun(): string | undefined {
    return this.#options.context.state.runs.recent({ limit: 1 })[0]?.id;
  }
}
