/** Notices that the config may be another one: its file has other content, or the stack has other labels or other volumes. */
import { asError, HoldfastError } from "../domain/errors.ts";
import { SECOND, MINUTE } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { Alarm } from "./alarm.ts";
import type { StackFacts } from "./stack-facts.ts";

/**
 * The file is read this often, whole, for it is small: that sees through bind mounts, editors that rename and clocks that stand. Only
 * content that was the same twice counts, so that a file that is being written is not taken for one.
 */
const READ_EVERY = 2 * SECOND;
/** The engine is asked this often even when the engine tells of no change. */
const ASK_EVERY = MINUTE;
/** `docker compose up` changes several containers, one after another. */
const SETTLE = 2 * SECOND;

export interface ConfigWatchOptions {
  clock: Clock;
  /** The text of the config file, or what stands for one that cannot be read. Must not reject. */
  read: () => Promise<string>;
  /** Rejects only when it is cancelled. */
  ask: (signal: AbortSignal) => Promise<StackFacts>;
  /** Tells of changes to the project's containers until the signal fires; may reject when the engine goes. */
  follow: (project: string, onChange: () => void, signal: AbortSignal) => Promise<void>;
  /** What the config was last loaded from, good or not. */
  loaded: () => { text: string; facts: StackFacts };
  /** Told of a change, again and again until it is loaded. */
  onChange: () => void;
  /** Told once why changes to the containers are not told, so that they are seen only when somebody looks. */
  onBlind: (error: Error) => void;
}

/** Until the signal fires; then resolves. */
export async function watchConfig(options: ConfigWatchOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([watchFile(options, signal), watchLabels(options, signal)]);
}

async function watchFile(
  { clock, read, loaded, onChange }: ConfigWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let last = loaded().text;
  while (!signal.aborted) {
    await clock.sleep(READ_EVERY, { signal }).catch(() => undefined);
    const text = await read();
    if (text === last && text !== loaded().text) onChange();
    last = text;
  }
}

async function watchLabels(options: ConfigWatchOptions, signal: AbortSignal): Promise<void> {
  const { clock, ask, loaded, onChange } = options;
  // A socket does not appear in a container that lives.
  if (loaded().facts.trouble === "absent") return;
  const alarm = new Alarm(clock);
  const following = new Following(options, () => alarm.ring());
  let isRefused = false;
  while (!signal.aborted) {
    await alarm.sleep(isRefused || following.isCalm ? ASK_EVERY : SETTLE, signal);
    await clock.sleep(SETTLE, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const facts = await ask(signal).catch(() => undefined);
    isRefused = isLasting(facts?.trouble);
    // An engine that does not answer has said nothing about labels and volumes.
    if (facts?.trouble !== undefined || facts === undefined) continue;
    if (!isSame(facts, loaded().facts)) onChange();
    if (facts.project === undefined) return;
    following.begin(facts.project, signal);
  }
  await following.ended;
}

/** The engine's events, followed again when they end: soon after they were there, later where they are refused. */
class Following {
  readonly #options: ConfigWatchOptions;
  readonly #onChange: () => void;
  #under: Promise<void> | undefined;
  #isRefused = false;
  #hasTold = false;

  constructor(options: ConfigWatchOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  /** Whether there is no hurry to ask: changes are told, or will not be told soon. */
  get isCalm(): boolean {
    return this.#under !== undefined || this.#isRefused;
  }

  get ended(): Promise<void> {
    return this.#under ?? Promise.resolve();
  }

  begin(project: string, signal: AbortSignal): void {
    this.#under ??= this.#options
      .follow(project, this.#onChange, signal)
      .catch((error: unknown) => {
        this.#isRefused = isLasting(error);
        if (this.#isRefused && !signal.aborted) this.#tellOnce(asError(error));
      })
      .finally(() => {
        this.#under = undefined;
        if (!this.#isRefused) this.#onChange();
      });
  }

  #tellOnce(error: Error): void {
    if (!this.#hasTold) this.#options.onBlind(error);
    this.#hasTold = true;
  }
}

/** It will be so again: a right that is missing, not an engine that restarts. */
function isLasting(trouble: unknown): boolean {
  return trouble instanceof HoldfastError && !trouble.transient;
}

/** What is not known of the volumes is taken for no change. */
function isSame(now: StackFacts, loaded: StackFacts): boolean {
  const { volumes = loaded.volumes } = now;
  return textOf({ ...now, volumes }) === textOf(loaded);
}

function textOf({ project, labels, volumes }: StackFacts): string {
  return JSON.stringify([project, labels, volumes]);
}
