/** A State whose disk can be filled up and emptied again: while it is full, every write throws what SQLite's FULL becomes. */
import { HoldfastError } from "../../src/domain/errors.ts";
import type { State } from "../../src/ports/state.ts";
import { openMemoryState } from "../../src/state/sqlite-state.ts";

export class FailingState implements State {
  readonly disk = openMemoryState();
  full = false;
  /** Reads fail, too. */
  unreadable = false;

  readonly runs: State["runs"] = {
    add: (run) => this.#write(() => this.disk.runs.add(run)),
    recent: (filter) => this.#read(() => this.disk.runs.recent(filter)),
    last: (job, operation) => this.#read(() => this.disk.runs.last(job, operation)),
    outcomes: (filter) => this.#read(() => this.disk.runs.outcomes(filter)),
    attempts: (filter) => this.#read(() => this.disk.runs.attempts(filter)),
    firstSeen: (job, now) => this.#write(() => this.disk.runs.firstSeen(job, now)),
    jobs: () => this.#read(() => this.disk.runs.jobs()),
    forgetBefore: (instant) => this.#write(() => this.disk.runs.forgetBefore(instant)),
  };
  readonly alerts: State["alerts"] = {
    active: () => this.#read(() => this.disk.alerts.active()),
    commit: (change) => this.#write(() => this.disk.alerts.commit(change)),
    waitingChannels: () => this.#read(() => this.disk.alerts.waitingChannels()),
    queued: (channel) => this.#read(() => this.disk.alerts.queued(channel)),
    delivered: (id) => this.#write(() => this.disk.alerts.delivered(id)),
    postpone: (id, notBefore) => this.#write(() => this.disk.alerts.postpone(id, notBefore)),
    drop: (id) => this.#write(() => this.disk.alerts.drop(id)),
  };
  readonly audit: State["audit"] = {
    record: (entry) => this.#write(() => this.disk.audit.record(entry)),
    recent: (limit) => this.#read(() => this.disk.audit.recent(limit)),
  };
  readonly notes: State["notes"] = {
    get: (channel, name) => this.#read(() => this.disk.notes.get(channel, name)),
    set: (note) => this.#write(() => this.disk.notes.set(note)),
    remove: (channel, name) => this.#write(() => this.disk.notes.remove(channel, name)),
    named: (name) => this.#read(() => this.disk.notes.named(name)),
  };
  readonly silences: State["silences"] = {
    all: () => this.#read(() => this.disk.silences.all()),
    add: (silence) => this.#write(() => this.disk.silences.add(silence)),
    remove: (id) => this.#write(() => this.disk.silences.remove(id)),
  };

  close(): void {
    this.disk.close();
  }

  #write<T>(work: () => T): T {
    if (this.full) throw noSpace();
    return work();
  }

  #read<T>(work: () => T): T {
    if (this.unreadable) throw noSpace();
    return work();
  }
}

function noSpace(): HoldfastError {
  return new HoldfastError("no-space", {
    what: "Writing the state",
    why: "database or disk is full",
    next: "free space on the disk of the state directory",
  });
}
