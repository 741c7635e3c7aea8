/** Notices that the config may be another one: its file has other content, or the services of the stack have other labels. */
import { SECOND, MINUTE } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { Alarm } from "./alarm.ts";
import type { StackFacts } from "./stack-facts.ts";

/**
 * The file is read this often, whole, for it is small: that sees through bind mounts, editors that rename and clocks that stand. Only
 * content that was the same twice counts, so that a file that is being written is not taken for one.
 */
const READ_EVERY = 2 * SECOND;
/** Labels are asked for this often even when the engine tells of no change. */
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
  // A socket does not appear in a container that lives.
  if (options.loaded().facts.trouble === "absent") return;
  const alarm = new Alarm(options.clock);
  let followed: Promise<void> | undefined;
  while (!signal.aborted) {
    await alarm.sleep(followed === undefined ? SETTLE : ASK_EVERY, signal);
    await options.clock.sleep(SETTLE, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const facts = await options.ask(signal).catch(() => undefined);
    // An engine that does not answer has said nothing about labels.
    if (facts?.trouble !== undefined || facts === undefined) continue;
    if (!isSame(facts, options.loaded().facts)) options.onChange();
    if (facts.project === undefined) return;
    followed ??= options
      .follow(facts.project, () => alarm.ring(), signal)
      .catch(() => undefined)
      .finally(() => {
        followed = undefined;
        alarm.ring();
      });
  }
  await followed;
}

function isSame(a: StackFacts, b: StackFacts): boolean {
  return JSON.stringify([a.project, a.labels]) === JSON.stringify([b.project, b.labels]);
}
