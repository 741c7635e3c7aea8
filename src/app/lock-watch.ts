/**
 * Looks at the locks of a stack in a store and tells the living from the dead. Dead ones are deleted, which is safe
 * because every lock has a name of its own: never is another one hit.
 *
 * A holder is dead
 * - at once, when it ran on this machine and its process is gone;
 * - when its lock was seen not to change for 60 s of our own monotonic clock, in which a living holder renews it;
 * - when its lock is 5 min old by the clock of the store, which also made the time of a lock of ours.
 * The clocks of other machines are never compared. Of a holder whose process is seen to live, only 5 min without any
 * change count: it may be stopped, and gives up by itself when it goes on.
 */
import { hasCode, isRefusedForGood } from "../domain/errors.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { ProcessIdentity, ProcessTable } from "../ports/process-identity.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import { describeHolder, groupLocks, locksPrefix, parseLock } from "./lock-object.ts";
import type { LockContent, LockObjects } from "./lock-object.ts";
import { endLock } from "./lock-trail.ts";
import { readText } from "./small-object.ts";

/** A holder gives up before others may take it for dead: see held-lock.ts. */
export const DEAD_WHEN_UNCHANGED: Milliseconds = 60 * SECOND;
const DEAD_WHEN_OLD: Milliseconds = 5 * MINUTE;

export interface SeenLock {
  key: string;
  /** Undefined when it cannot be read: then it is taken for anything. */
  content: LockContent | undefined;
}

interface Observation {
  fingerprint: string;
  /** Monotonic. */
  since: Milliseconds;
}

export interface WatchScope {
  stack: string;
  signal?: AbortSignal | undefined;
  /** Told of each dead holder whose lock was removed. */
  onTakenOver?: ((holder: string) => void) | undefined;
}

export class LockWatch {
  readonly #clock: Clock;
  readonly #processes: ProcessTable;
  readonly #isOurs: (key: string) => boolean;
  readonly #observations = new Map<string, Observation>();
  /** Of each store: its time minus our monotonic time. */
  readonly #storeClocks = new Map<string, Milliseconds>();

  /** `isOurs` knows the locks that this process holds. */
  constructor(options: { clock: Clock; processes: ProcessTable; isOurs: (key: string) => boolean }) {
    this.#clock = options.clock;
    this.#processes = options.processes;
    this.#isOurs = options.isOurs;
  }

  /** Learns the store's time from an object that was put just now. */
  setStoreClock(store: Store, { modifiedAt }: StoredObject): void {
    this.#storeClocks.set(store.name, modifiedAt - this.#clock.monotonic());
  }

  /** The locks of the living but `ownKey`; those of the dead are deleted. */
  async livingLocks(store: Store, scope: WatchScope, ownKey: string | undefined): Promise<SeenLock[]> {
    // Judged as of now, before anything is read: should this process freeze in between, what it read is old when it wakes.
    const asOf = this.#clock.monotonic();
    const objects: StoredObject[] = [];
    for await (const object of store.list(locksPrefix(scope.stack), { signal: scope.signal }))
      objects.push(object);
    const held = groupLocks(objects).filter(({ end }) => end === undefined);
    this.#forgetGone(store, scope.stack, held);
    const living: SeenLock[] = [];
    for (const objectsOf of held) {
      const { key } = objectsOf;
      const object = objectsOf.states.at(-1);
      if (key === ownKey || object === undefined) continue;
      const text = await readUnlessGone(store, object.key, scope.signal);
      if (text === undefined) continue;
      const lock: SeenLock = { key, content: parseLock(text) };
      const unchanged = this.#unchangedFor(nameOf(store, lock.key), `${object.modifiedAt} ${text}`, asOf);
      const age = this.#ageByStoreClock(store, object, asOf);
      if (this.#isDead(lock, { unchanged, age })) await this.#bury(store, lock, objectsOf, scope);
      else living.push(lock);
    }
    return living;
  }

  #isDead(
    { key, content }: SeenLock,
    { unchanged, age }: { unchanged: Milliseconds; age: Milliseconds },
  ): boolean {
    if (content !== undefined) {
      // Of this very process, but not held any more: its release did not reach the store.
      if (isSame(content.holder, this.#processes.self)) return !this.#isOurs(key);
      const fate = this.#processes.fateOf(content.holder);
      if (fate === "dead") return true;
      if (fate === "alive") return unchanged >= DEAD_WHEN_OLD;
    }
    return unchanged >= DEAD_WHEN_UNCHANGED || age >= DEAD_WHEN_OLD;
  }

  #unchangedFor(name: string, fingerprint: string, asOf: Milliseconds): Milliseconds {
    const before = this.#observations.get(name);
    if (before?.fingerprint === fingerprint) return asOf - before.since;
    this.#observations.set(name, { fingerprint, since: this.#clock.monotonic() });
    return 0;
  }

  #ageByStoreClock(store: Store, { modifiedAt }: StoredObject, asOf: Milliseconds): Milliseconds {
    const offset = this.#storeClocks.get(store.name);
    return offset === undefined ? 0 : asOf + offset - modifiedAt;
  }

  #forgetGone(store: Store, stack: string, objects: readonly { key: string }[]): void {
    const present = new Set(objects.map(({ key }) => nameOf(store, key)));
    for (const name of this.#observations.keys()) {
      if (name.startsWith(nameOf(store, locksPrefix(stack))) && !present.has(name))
        this.#observations.delete(name);
    }
  }

  /** Who may neither delete nor write leaves the dead to others: dead they are all the same. */
  async #bury(
    store: Store,
    { key, content }: SeenLock,
    { states }: LockObjects<StoredObject>,
    { signal, onTakenOver }: WatchScope,
  ): Promise<void> {
    const keys = states.map((state) => state.key);
    await endLock(store, { key, keys }, { signal }).catch((error: unknown) => {
      if (!isRefusedForGood(error)) throw error;
    });
    onTakenOver?.(describeHolder(content, `${store.name}:${key}`));
  }
}

/** A lock that is released between the listing and the reading is no lock. */
async function readUnlessGone(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return await readText(store, key, { signal });
  } catch (error) {
    if (hasCode(error, "not-found")) return undefined;
    // Too large to be a lock: somebody's, unreadable.
    if (hasCode(error, "damaged")) return "";
    throw error;
  }
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return (
    a.pid === b.pid &&
    a.startTime === b.startTime &&
    a.bootId === b.bootId &&
    a.pidNamespace === b.pidNamespace &&
    a.host === b.host
  );
}

function nameOf(store: Store, key: string): string {
  return `${store.name}\n${key}`;
}
