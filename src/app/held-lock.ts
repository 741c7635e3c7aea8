/**
 * A lock while it is held: renewed by a heartbeat, so that others see its holder live, and given up before they may take it
 * for dead.
 *
 * The sum behind it: a renewal starts at most 45 s after the start of the last good one and takes at most 15 s, so it is
 * in the store within 60 s, which is what others wait for (DEAD_WHEN_UNCHANGED). Whoever misses that has lost the
 * lock and knows it by then, from its own monotonic clock alone.
 */
import { asError, HoldfastError, messageOf } from "../domain/errors.ts";
import { SECOND, toIso } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import type { LockContent, PointsInUse } from "./lock-object.ts";
import { LockTrail } from "./lock-trail.ts";
import { DEAD_WHEN_UNCHANGED } from "./lock-watch.ts";
import type { SeenLock } from "./lock-watch.ts";
import { within } from "./within.ts";

const HEARTBEAT: Milliseconds = 15 * SECOND;
/** After a renewal that failed. */
const NEXT_TRY: Milliseconds = 5 * SECOND;
const RENEWAL_LIMIT: Milliseconds = 15 * SECOND;
const LAST_START: Milliseconds = DEAD_WHEN_UNCHANGED - RENEWAL_LIMIT;
/** Together well under the 10 s in which a cancelled process ends. */
const LAST_WRITE_LIMIT: Milliseconds = 3 * SECOND;
const RELEASE_LIMIT: Milliseconds = 4 * SECOND;

const TOO_LATE = "it was not renewed in time";

export interface HeldLockOptions {
  store: Store;
  stack: string;
  key: string;
  content: LockContent;
  clock: Clock;
  /** The locks of others that live. */
  others: (signal: AbortSignal) => Promise<SeenLock[]>;
  /** Called once, when this process does not hold the lock any more. */
  onEnd: () => void;
  onReleaseFailed?: ((error: Error) => void) | undefined;
}

export class HeldLock {
  readonly #options: HeldLockOptions;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #trail: LockTrail;
  #content: LockContent;
  /** Points about to be deleted, by claimant. */
  readonly #claims = new Map<string, readonly string[]>();
  /** Monotonic start of the last write that was in time. */
  #renewedAt: Milliseconds;
  #writing: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  /** `startedAt`: monotonic time before the object was put. */
  constructor(options: HeldLockOptions, startedAt: Milliseconds) {
    this.#options = options;
    this.#content = options.content;
    this.#trail = new LockTrail(options.store, options.key);
    this.#renewedAt = startedAt;
    void this.#beat();
  }

  /** Fires, with the error to throw, when the lock is lost: the run must end, others may begin. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws when the lock is lost. Before anything that cannot be undone: a stopped process wakes up unaware. */
  check(): void {
    if (this.#elapsed() > DEAD_WHEN_UNCHANGED) this.#lose(TOO_LATE);
    if (this.signal.aborted) throw this.signal.reason;
  }

  /**
   * Says which points this run needs from here on. Throws `refused` when one of them is just being pruned: of the two that
   * write first and look second, at least one sees the other.
   */
  async use(points: PointsInUse): Promise<void> {
    const others = await this.#announce({ using: points === "all" ? points : [...points] });
    const going = new Set(others.flatMap(({ content }) => content?.removing ?? []));
    const gone = points === "all" ? undefined : points.find((id) => going.has(id));
    if (gone === undefined) return;
    throw new HoldfastError("refused", {
      what: `Using recovery point ${gone}`,
      why: `it is being pruned from store ${this.#options.store.name} just now`,
      next: "choose another one",
    });
  }

  /**
   * Says which points are about to be deleted, and gives those of them that must stay, since others use them. Each call
   * takes the place of the last one of the same claimant; those of others who share the lock stand beside it.
   */
  async claimForRemoval(points: readonly string[], claimant = ""): Promise<Set<string>> {
    const others = await this.#announceRemoval(points, claimant);
    const used = others.flatMap(({ content }) => content?.using ?? "all");
    const staying = new Set(used.includes("all") ? points : points.filter((id) => used.includes(id)));
    // Those may be used by more readers from now on.
    if (staying.size > 0) {
      const going = points.filter((id) => !staying.has(id));
      await this.#announceRemoval(going, claimant);
    }
    return staying;
  }

  /** Idempotent, and never rejects: a lock that cannot be removed is recognised as a dead one's later. */
  release(): Promise<void> {
    this.#released ??= this.#end();
    return this.#released;
  }

  #announceRemoval(points: readonly string[], claimant: string): Promise<SeenLock[]> {
    this.#claims.set(claimant, points);
    return this.#announce({ removing: [...this.#claims.values()].flat() });
  }

  async #announce(change: Partial<Pick<LockContent, "using" | "removing">>): Promise<SeenLock[]> {
    this.#content = { ...this.#content, ...change };
    await this.#renew();
    return this.#options.others(AbortSignal.any([this.signal, this.#stop.signal]));
  }

  async #beat(): Promise<void> {
    let delay = HEARTBEAT;
    let trouble = TOO_LATE;
    while (await this.#sleep(delay)) {
      if (this.#elapsed() > LAST_START) return this.#lose(trouble);
      try {
        await this.#renew();
        delay = HEARTBEAT;
      } catch (error) {
        trouble = messageOf(error);
        delay = NEXT_TRY;
        if (this.#elapsed() > LAST_START) return this.#lose(trouble);
      }
    }
  }

  /** False when the beat is over. */
  async #sleep(delay: Milliseconds): Promise<boolean> {
    const signal = AbortSignal.any([this.#stop.signal, this.signal]);
    if (signal.aborted) return false;
    try {
      await this.#options.clock.sleep(delay, { signal, unref: true });
      return true;
    } catch {
      return false;
    }
  }

  /** One write at a time: heartbeats and announcements would overtake one another. */
  #renew(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(): Promise<void> {
    const { clock, stack, store } = this.#options;
    const startedAt = clock.monotonic();
    if (this.#elapsed() > LAST_START) this.#lose(TOO_LATE);
    this.check();
    const what = `Renewing the lock of stack ${stack} in store ${store.name}`;
    await within({ clock, limit: RENEWAL_LIMIT, what, signal: this.#stop.signal }, (signal) =>
      this.#put(signal),
    );
    // The process may have been stopped meanwhile, its timers with it: too late is then too late all the same.
    this.check();
    this.#renewedAt = startedAt;
  }

  async #put(signal: AbortSignal): Promise<StoredObject> {
    const { clock } = this.#options;
    if (!(await this.#trail.isThere({ signal }))) this.#lose("somebody removed it");
    this.check();
    this.#content = { ...this.#content, renewedAt: toIso(clock.now()), beat: this.#content.beat + 1 };
    return this.#trail.renew(this.#content, { signal });
  }

  #elapsed(): Milliseconds {
    return this.#options.clock.monotonic() - this.#renewedAt;
  }

  #lose(why: string): void {
    const { stack, store } = this.#options;
    const what = `Holding the lock of stack ${stack} in store ${store.name}`;
    this.#lost.abort(
      new HoldfastError("store", { what, why, next: "the run is ended, try again", transient: true }),
    );
  }

  async #end(): Promise<void> {
    const { clock, key, onEnd, onReleaseFailed, store } = this.#options;
    this.#stop.abort(
      new HoldfastError("cancelled", { what: "Renewing a lock", why: "it is being released" }),
    );
    const what = `Releasing the lock ${store.name}:${key}`;
    try {
      // A renewal that came after the removal would bring the lock back.
      await within({ clock, limit: LAST_WRITE_LIMIT, what }, () => this.#writing).catch(() => undefined);
      await within({ clock, limit: RELEASE_LIMIT, what }, (signal) => this.#trail.end({ signal }));
    } catch (error) {
      onReleaseFailed?.(asError(error));
    } finally {
      onEnd();
    }
  }
}
