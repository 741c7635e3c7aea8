/** Everything that the chapters act with: the places, the programs, the receiver, and how a promise is checked. */
import { writeConfig, type ConfigChoices } from "./config.ts";
import { Children } from "./children.ts";
import { Daemon, type LogEntry } from "./daemon.ts";
import { runHoldfast, type CommandResult } from "./holdfast.ts";
import { makePlaces, removePlaces, type Places } from "./places.ts";
import { Receiver } from "./receiver.ts";
import type { Screen } from "./screen.ts";
import { NotHeld, until } from "./until.ts";

export class Stage {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly places: Places;
  readonly children: Children;
  readonly receiver: Receiver;
  #daemon: Daemon | undefined;
  #lastShown = "";

  private constructor(screen: Screen, signal: AbortSignal, parts: { places: Places; receiver: Receiver }) {
    this.screen = screen;
    this.signal = signal;
    this.places = parts.places;
    this.receiver = parts.receiver;
    this.children = new Children();
    process.once("exit", this.#lastResort);
  }

  static async open(screen: Screen, signal: AbortSignal): Promise<Stage> {
    const receiver = await Receiver.start(({ lines }) => screen.line("slack", lines.join("\n")));
    return new Stage(screen, signal, { receiver, places: makePlaces() });
  }

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new NotHeld("the daemon was started");
    return this.#daemon;
  }

  configure(choices: Omit<ConfigChoices, "slackUrl">): void {
    writeConfig(this.places, { ...choices, slackUrl: this.receiver.url });
  }

  /** Resolves once it answers. */
  async startDaemon(): Promise<void> {
    this.screen.line("$", "holdfast run");
    this.#daemon = new Daemon(this.children, this.places.config, (entry) => this.#show(entry));
    await until("the daemon answers", async () => (await this.healthz()) !== undefined, this.signal);
  }

  /** The status of /healthz; undefined while nobody answers. */
  async healthz(): Promise<number | undefined> {
    if (this.daemon.url === undefined) return this.#assertRunning();
    return (await this.daemon.get("/healthz")).status;
  }

  /** Runs a command and shows it; its output too, unless it is for a machine. */
  async holdfast(...args: string[]): Promise<CommandResult> {
    this.signal.throwIfAborted();
    this.screen.line("$", ["holdfast", ...args].join(" "));
    const result = await this.#command(args);
    const printed = args.includes("--json") ? "" : result.stdout;
    const shown = (printed + result.stderr).trimEnd();
    if (shown !== "") this.screen.line("", shown);
    return result;
  }

  /** Runs a command with --json without showing it, and returns what it printed. */
  async ask<T>(...args: string[]): Promise<T> {
    const { stdout } = await this.#command([...args, "--json"]);
    return JSON.parse(stdout) as T;
  }

  /** A promise of the demo: waits until it holds and says so, or throws NotHeld. */
  async holds(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const checked = async (): Promise<boolean> => {
      if (this.#daemon !== undefined) this.#assertRunning();
      return condition();
    };
    await until(what, checked, this.signal);
    this.screen.line("ok", what);
  }

  /** The same for what can be judged at once. */
  holdsNow(what: string, condition: boolean): void {
    this.signal.throwIfAborted();
    if (!condition) throw new NotHeld(what);
    this.screen.line("ok", what);
  }

  async stopDaemon(): Promise<number | null> {
    const exitCode = await this.daemon.stop();
    this.#daemon = undefined;
    return exitCode;
  }

  /** Ends every program and removes the directory. */
  async close(): Promise<void> {
    await this.children.stopAll();
    await this.receiver.close();
    removePlaces(this.places);
    process.removeListener("exit", this.#lastResort);
  }

  async #command(args: readonly string[]): Promise<CommandResult> {
    return runHoldfast(this.children, ["--config", this.places.config, ...args]);
  }

  #assertRunning(): undefined {
    if (!this.daemon.isRunning) throw new NotHeld("the daemon keeps running");
  }

  /** Starts of runs are left out, and what repeats itself is shown once. */
  #show({ msg }: LogEntry): void {
    if (msg.endsWith(" started") || msg === this.#lastShown) return;
    this.#lastShown = msg;
    this.screen.line("daemon", msg);
  }

  readonly #lastResort = (): void => {
    this.children.killAll();
    removePlaces(this.places);
  };
}
