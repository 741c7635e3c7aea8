/**
 * Simulated days of a stack whose jobs fail at random, and in which things happen that are told once, to channels that fail at random, by a
 * process that is killed at random: no alert and no note is lost, doubled or stuck, and nothing grows. Throws at the first that is.
 */
import { AlertDelivery } from "../../../src/app/alert-delivery.ts";
import { evaluateAlerts, type AlertChannel } from "../../../src/app/alerting.ts";
import { StackNotes } from "../../../src/app/stack-notes.ts";
import { brokenChannels } from "../../../src/app/channel-health.ts";
import type { DeliveryOutcome } from "../../../src/app/deliver-channel.ts";
import { noteOf } from "../../../src/domain/alert-note.ts";
import type { Problem } from "../../../src/domain/alerts.ts";
import type { StackEvent } from "../../../src/domain/stack-event.ts";
import { EVERYTHING, takes, type ChannelRules } from "../../../src/domain/channel-rules.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../../../src/domain/instant.ts";
import type { AlertState, State } from "../../../src/ports/state.ts";
import { notifierError, RecordingNotifier } from "../../fakes/recording-notifier.ts";
import { stackStatus } from "../../fakes/status-fixture.ts";
import { Ledger } from "./ledger.ts";

export interface SoakOptions {
  days: number;
  jobs: number;
  /** In [0, 1). */
  random: () => number;
  /** Closed at the end. */
  disk: State;
  /** Of its file, where it has one. */
  bytes?: () => number;
}

export interface SoakReport {
  alerts: number;
  notes: number;
  sends: number;
  kills: number;
  givenUp: number;
  mostQueued: number;
  mostBytes: number;
}

const STEP = 10 * MINUTE;
const START: Instant = Date.parse("2026-09-01T00:00:00Z");
/** After the last day everything works again for as long as it takes to tell what is left. */
const CALM = 3 * DAY;

export const RULES: Readonly<Record<string, ChannelRules>> = {
  chat: EVERYTHING,
  pager: { ...EVERYTHING, severity: "critical" },
  night: { ...EVERYTHING, quiet: { from: 22 * 60, to: 7 * 60, lets: "nothing" }, maxPerHour: 4 },
  flaky: EVERYTHING,
};
const NAMES = Object.keys(RULES);
const rulesOf = (channel: string) => RULES[channel] ?? EVERYTHING;
const CHANNELS: readonly AlertChannel[] = NAMES.map((name) => ({
  name,
  takes: (message) => takes(rulesOf(name), name, message),
}));
/** As many notes as may wait for a channel. */
const MOST_NOTES = 100;

class Killed extends Error {}

export async function soak({ days, jobs, random, disk, bytes = () => 0 }: SoakOptions): Promise<SoakReport> {
  let now = START;
  const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const ledger = new Ledger();
  const world = new World(jobs, random);
  const end = START + days * DAY;
  const notifiers = NAMES.map((name) => receiver(name));
  const report: SoakReport = {
    ...{ alerts: 0, notes: 0, sends: 0, kills: 0, givenUp: 0, mostQueued: 0, mostBytes: 0 },
  };
  let ids = 0;
  let life = born();

  function born() {
    const death = new AbortController();
    const state = mortal(disk.alerts, death, () => now < end && random() < 0.002);
    return { death, state, delivery: started(state), notes: noting(state) };
  }

  function noting(state: AlertState): StackNotes {
    return new StackNotes({
      ...{ state, silences: disk.silences, stack: "s", clock },
      channels: CHANNELS,
      newId: () => String(report.notes),
      onQueued: () => undefined,
    });
  }

  function receiver(name: string): RecordingNotifier {
    const notifier = Object.assign(new RecordingNotifier(name), { isMachine: name === "pager" });
    notifier.behave = () => (now < end ? world.troubleOf(name) : undefined);
    return notifier;
  }
  function started(state: AlertState): AlertDelivery {
    return new AlertDelivery({
      ...{ state, notes: disk.notes, stack: "s", timezone: "UTC", notifiers, rulesOf, clock, random },
      onOutcome: (outcome: DeliveryOutcome) => ledger.note(outcome),
      onTrouble: (error) => {
        throw error;
      },
    });
  }
  async function surviving(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      report.kills++;
      life = born();
    }
  }

  for (; now < end + CALM; now += STEP) {
    if (now < end) world.pass();
    else world.heal();
    const event = now < end ? world.event() : undefined;
    if (event !== undefined) {
      await surviving(() => {
        life.notes.add(event);
        const message = noteOf(event, { id: `note-${report.notes++}`, stack: "s", at: now })!;
        for (const { name, takes: wants } of CHANNELS) if (wants(message)) ledger.queued(name, message);
      });
    }
    await surviving(() => {
      const { messages } = evaluateAlerts({
        ...{
          state: life.state,
          status: { ...stackStatus(), jobs: [], stores: [], at: now },
          repeatEvery: 6 * HOUR,
        },
        problems: [...world.problems(), ...brokenChannels(disk.notes, NAMES, now)],
        channels: CHANNELS,
        newId: () => `a${++ids}`,
      });
      for (const message of messages)
        for (const name of NAMES) if (takes(rulesOf(name), name, message)) ledger.queued(name, message);
    });
    await surviving(() => life.delivery.deliverDue(life.death.signal));
    const queued = NAMES.reduce((sum, name) => sum + disk.alerts.queued(name).length, 0);
    report.mostQueued = Math.max(report.mostQueued, queued);
    report.mostBytes = Math.max(report.mostBytes, bytes());
  }
  ledger.check({
    kills: report.kills,
    still: [...disk.alerts.waitingChannels(), ...disk.alerts.active().map(({ id }) => id)],
  });
  checkNight(notifiers.find(({ name }) => name === "night")!.accepted.length, ledger);
  report.alerts = ids;
  report.givenUp = ledger.givenUp;
  report.sends = notifiers.reduce((sum, { accepted }) => sum + accepted.length, 0);
  const most = NAMES.length * (2 * (jobs + NAMES.length) + MOST_NOTES) + 4;
  if (report.mostQueued > most)
    throw new Error(`the queue held ${report.mostQueued} messages, more than ${most}`);
  disk.close();
  return report;
}

/** Four an hour for the hours in which it may be told anything. */
function checkNight(sends: number, ledger: Ledger): void {
  if (sends > ledger.delivered("night")) throw new Error("the night was told more messages than there were");
}

/** Jobs that begin and cease to fail, one by one or all at once, and channels that do. */
class World {
  readonly #random: () => number;
  readonly #failing = new Map<string, "warning" | "critical">();
  readonly #away = new Map<string, "for now" | "for good">();
  readonly #jobs: number;

  constructor(jobs: number, random: () => number) {
    this.#jobs = jobs;
    this.#random = random;
  }

  pass(): void {
    const outage = this.#random() < 0.002;
    for (let job = 0; job < this.#jobs; job++) {
      const name = `job-${job}`;
      if (this.#failing.has(name)) {
        if (this.#random() < 0.02) this.#failing.delete(name);
        else if (this.#random() < 0.01) this.#failing.set(name, "critical");
      } else if (outage || this.#random() < 0.0005) {
        this.#failing.set(name, this.#random() < 0.5 ? "warning" : "critical");
      }
    }
    for (const name of ["pager", "night", "flaky"]) {
      if (this.#away.has(name)) {
        if (this.#random() < 0.02) this.#away.delete(name);
      } else if (this.#random() < 0.005) this.#away.set(name, this.#random() < 0.7 ? "for now" : "for good");
    }
  }

  event(): StackEvent | undefined {
    if (this.#random() >= 0.02) return undefined;
    const job = `job-${Math.floor(this.#random() * this.#jobs)}`;
    return { kind: this.#random() < 0.8 ? "cleaned" : "late", text: `${job} was cleaned`, job };
  }

  heal(): void {
    this.#failing.clear();
    this.#away.clear();
  }

  troubleOf(channel: string): Error | undefined {
    const away = this.#away.get(channel);
    if (away !== undefined) return notifierError(away === "for now");
    return this.#random() < 0.02 ? notifierError(true) : undefined;
  }

  problems(): Problem[] {
    return [...this.#failing].map(([job, severity]) => ({
      ...{ condition: "run-failed", job, severity, title: `${job} failed`, detail: "d", next: "n" },
    }));
  }
}

/** A state in whose writes the process may be killed: before anything is written, as after a send. What is dead does nothing more. */
function mortal(state: AlertState, death: AbortController, dies: () => boolean): AlertState {
  const perhaps =
    <A extends unknown[]>(work: (...args: A) => void) =>
    (...args: A) => {
      if (!death.signal.aborted && dies()) death.abort();
      if (death.signal.aborted) throw new Killed("killed");
      work(...args);
    };
  return {
    ...state,
    commit: perhaps((change: Parameters<AlertState["commit"]>[0]) => state.commit(change)),
    delivered: perhaps((id: number) => state.delivered(id)),
    postpone: perhaps((id: number, notBefore: Instant) => state.postpone(id, notBefore)),
    drop: perhaps((id: number) => state.drop(id)),
  };
}
