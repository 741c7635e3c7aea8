/**
 * Alert state that goes on in memory while it cannot be written: what is active stays known, so that nothing is told twice,
 * and messages are delivered from memory. When it can be written again, the disk is brought up to date; a delivery keeps the
 * id it was given out under, so that one that is being sent meanwhile is not sent again.
 */
import type { ActiveAlert } from "../domain/alerts.ts";
import type { Instant } from "../domain/instant.ts";
import type { AlertState, PendingDelivery } from "../ports/state.ts";
import type { Trouble } from "./trouble.ts";

export class RememberedAlerts implements AlertState {
  readonly #disk: AlertState;
  readonly #trouble: Trouble;
  /** Active, but not on disk yet. */
  #changed: ActiveAlert[] | undefined;
  /** As the disk last had it. */
  #known: ActiveAlert[] = [];
  /** Not on disk yet; ids below zero. */
  #queue: PendingDelivery[] = [];
  #nextId = -1;
  /** Ids of the queue that somebody was given. */
  readonly #givenOut = new Set<number>();
  /** From such an id to that on disk, once it is there. */
  readonly #movedTo = new Map<number, number>();
  /** Done with, though the disk has them still. */
  readonly #settled = new Set<number>();
  readonly #postponed = new Map<number, { attempts: number; notBefore: Instant }>();

  constructor(disk: AlertState, trouble: Trouble) {
    this.#disk = disk;
    this.#trouble = trouble;
  }

  active(): ActiveAlert[] {
    if (this.#changed !== undefined) return this.#changed;
    this.#known = this.#trouble.either(() => this.#disk.active(), this.#known);
    return this.#known;
  }

  commit({ active, deliveries }: Parameters<AlertState["commit"]>[0]): void {
    const before = [this.#changed, this.#queue] as const;
    const added = deliveries.map((delivery) => ({ ...delivery, id: this.#nextId--, attempts: 0 }));
    [this.#changed, this.#queue] = [active, [...this.#queue, ...added]];
    try {
      this.#trouble.either(() => this.flush(), undefined);
    } catch (error) {
      [this.#changed, this.#queue] = before;
      throw error;
    }
  }

  waitingChannels(): string[] {
    const onDisk = this.#trouble.either(() => this.#disk.waitingChannels(), []);
    return [...new Set([...onDisk, ...this.#queue.map(({ channel }) => channel)])].sort();
  }

  queued(channel: string): PendingDelivery[] {
    const onDisk = this.#trouble
      .either(() => this.#disk.queued(channel), [])
      .filter(({ id }) => !this.#settled.has(id))
      .map((delivery) => this.#asPostponed(delivery));
    const inMemory = this.#queue.filter((delivery) => delivery.channel === channel);
    for (const { id } of inMemory) this.#givenOut.add(id);
    return [...onDisk, ...inMemory];
  }

  delivered(id: number): void {
    this.#settle(id);
  }

  drop(id: number): void {
    this.#settle(id);
  }

  postpone(id: number, notBefore: Instant): void {
    const onDisk = this.#movedTo.get(id) ?? id;
    if (onDisk < 0) {
      this.#queue = this.#queue.map((delivery) =>
        delivery.id === id ? { ...delivery, notBefore, attempts: delivery.attempts + 1 } : delivery,
      );
      return;
    }
    const attempts = (this.#postponed.get(onDisk)?.attempts ?? 0) + 1;
    this.#postponed.set(onDisk, { attempts, notBefore });
    this.#trouble.either(() => this.#flushPostponed(), undefined);
  }

  /** Writes what waits, and with `always` also when nothing does; throws when the disk takes it not. */
  flush({ always = false } = {}): void {
    if (always || this.#changed !== undefined) {
      const active = this.#changed ?? this.#disk.active();
      this.#disk.commit({
        active,
        deliveries: this.#queue.map(({ channel, message, notBefore }) => ({ channel, message, notBefore })),
      });
      const moved = this.#queue.filter(({ id }) => this.#givenOut.has(id));
      [this.#queue, this.#changed, this.#known] = [[], undefined, active];
      this.#givenOut.clear();
      this.#followMoved(moved);
    }
    this.#flushSettled();
    this.#flushPostponed();
  }

  #settle(id: number): void {
    const onDisk = this.#movedTo.get(id) ?? id;
    for (const [from, to] of this.#movedTo) if (to === onDisk) this.#movedTo.delete(from);
    this.#queue = this.#queue.filter((delivery) => delivery.id !== onDisk);
    this.#givenOut.delete(onDisk);
    if (onDisk < 0) return;
    this.#settled.add(onDisk);
    this.#postponed.delete(onDisk);
    this.#trouble.either(() => this.#flushSettled(), undefined);
  }

  #asPostponed(delivery: PendingDelivery): PendingDelivery {
    const later = this.#postponed.get(delivery.id);
    if (later === undefined) return delivery;
    return { ...delivery, notBefore: later.notBefore, attempts: delivery.attempts + later.attempts };
  }

  #flushSettled(): void {
    for (const id of this.#settled) {
      this.#disk.delivered(id);
      this.#settled.delete(id);
    }
  }

  #flushPostponed(): void {
    for (const [id, { notBefore }] of this.#postponed) {
      this.#disk.postpone(id, notBefore);
      this.#postponed.delete(id);
    }
  }

  /** Finds the ids that deliveries have got on disk: by what they say, the newest of equals. */
  #followMoved(moved: readonly PendingDelivery[]): void {
    for (const { id, channel, message } of moved) {
      const found = this.#disk
        .queued(channel)
        .findLast(
          ({ message: other }) =>
            other.id === message.id && other.event === message.event && other.at === message.at,
        );
      if (found !== undefined) this.#movedTo.set(id, found.id);
    }
  }
}
