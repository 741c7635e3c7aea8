/**
 * Loads the config again when it is asked to, and gives it to the daemon when it is another one that holds. What is wrong is refused
 * whole: the old one stays in effect, and that is told.
 */
import type { LoadedConfig } from "../config/loaded-config.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { HOUR, type Instant } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { Alarm } from "./alarm.ts";
import type { StackFacts } from "./stack-facts.ts";

export interface ConfigReloaderOptions {
  clock: Clock;
  ask: (signal: AbortSignal) => Promise<StackFacts>;
  /** Throws with all that is wrong. */
  load: (facts: StackFacts) => Promise<LoadedConfig>;
  /** The text of the config file, or what stands for one that cannot be read. Must not reject. */
  read: () => Promise<string>;
  /** What the first config was loaded from. What the engine said holds while it cannot be asked. */
  before: Loaded;
  /** Told of a config that is refused. */
  onRefused: (message: string) => void;
  /** Told that the config is the one in effect. */
  onSame: () => void;
}

interface Loaded {
  text: string;
  facts: StackFacts;
}

export interface ReloadStatus {
  /** Why the config, as it stands, is not the one in effect; undefined when it is. */
  error: string | undefined;
  /** When the config was last loaded and found good. */
  at: Instant;
}

/** Also without being asked it is loaded this often: files of secrets are not watched. */
const LOAD_EVERY = HOUR;

export class ConfigReloader {
  readonly #options: ConfigReloaderOptions;
  readonly #alarm: Alarm;
  #loaded: Loaded;
  #status: ReloadStatus;

  constructor(options: ConfigReloaderOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock);
    this.#loaded = options.before;
    this.#status = { error: undefined, at: options.clock.now() };
  }

  status(): ReloadStatus {
    return this.#status;
  }

  /** What it was last loaded from, good or not. */
  loaded(): Loaded {
    return this.#loaded;
  }

  /** The config may be another one: load it. */
  request(): void {
    this.#alarm.ring();
  }

  /** Resolves with the next config that is another one and can be taken up; with undefined when the signal fires. */
  async next(current: LoadedConfig, signal: AbortSignal): Promise<LoadedConfig | undefined> {
    while (!signal.aborted) {
      await this.#alarm.sleep(LOAD_EVERY, signal);
      const config = signal.aborted ? undefined : await this.#load(current, signal);
      if (config !== undefined) return config;
    }
    return undefined;
  }

  /** The daemon could not take it up after all. */
  refuse(error: unknown): void {
    this.#status = { ...this.#status, error: messageOf(error) };
    this.#options.onRefused(messageOf(error));
  }

  async #load(current: LoadedConfig, signal: AbortSignal): Promise<LoadedConfig | undefined> {
    const { ask, read, load, clock, onSame } = this.#options;
    try {
      const [text, facts] = [await read(), await ask(signal)];
      this.#loaded = { text, facts: facts.trouble === undefined ? facts : this.#loaded.facts };
      const config = await load(this.#loaded.facts);
      refuseUnchangeable(current, config);
      this.#status = { error: undefined, at: clock.now() };
      if (!isSameConfig(current, config)) return config;
      onSame();
    } catch (error) {
      if (!signal.aborted) this.refuse(error);
    }
    return undefined;
  }
}

/** What everything that lives longer than a config is made of. */
function refuseUnchangeable(current: LoadedConfig, next: LoadedConfig): void {
  const changed =
    current.stack !== next.stack
      ? `the stack is called ${current.stack}, and would be ${next.stack}`
      : current.stateDirectory !== next.stateDirectory
        ? `the state is in ${current.stateDirectory}, and would be in ${next.stateDirectory}`
        : undefined;
  if (changed === undefined) return;
  throw new HoldfastError("refused", {
    what: "Taking up the changed config",
    why: `${changed}, which cannot change while Holdfast runs`,
    next: "restart it",
  });
}

/** Where it was said makes no other config. Functions of schedules stand beside what they are made of. */
export function isSameConfig(a: LoadedConfig, b: LoadedConfig): boolean {
  const text = (config: LoadedConfig) => JSON.stringify({ ...config, origin: "" });
  return text(a) === text(b);
}
