/** Calls hooks: commands in services, and HTTP requests. */
import { cancellation, hasCode, HoldfastError, messageOf } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { ExecHook, Hook } from "../../domain/job.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HttpCaller } from "../../ports/http-caller.ts";
import { within } from "../within.ts";

export interface HookContext {
  runtime: ContainerRuntime;
  http: Pick<HttpCaller, "call">;
  clock: Clock;
  /** The Compose project, where this process runs in none. */
  project: string;
}

export interface HookRun {
  hooks: readonly Hook[];
  /** `before` or `after`, and whose: starts each error. */
  when: string;
  signal: AbortSignal;
  /** Told of what failed and may. Must not throw. */
  onWarning: (message: string) => void;
}

/** After a SIGTERM, what is left of ten seconds is not much (invariant 8). */
const AFTER_CANCEL_LIMIT_MS = 4 * SECOND;
/** Of what a command said. */
const QUOTED_AT_MOST = 500;

export class Hooks {
  readonly #context: HookContext;

  constructor(context: HookContext) {
    this.#context = context;
  }

  /** One after the other; throws the error of the first that fails and may not. */
  async runBefore(run: HookRun): Promise<void> {
    for (const [at, hook] of run.hooks.entries()) {
      if (run.signal.aborted) throw cancellation(run.signal, nameOf(at, run));
      const error = await this.#call(hook, nameOf(at, run), run.signal);
      if (error === undefined) continue;
      if (run.signal.aborted || hook.onError === "fail") throw error;
      run.onWarning(error.message);
    }
  }

  /** Every one, also when the work failed or was cancelled. Gives the error of the first that failed and may not. */
  async runAfter(run: HookRun): Promise<Error | undefined> {
    const { clock } = this.#context;
    if (!run.signal.aborted) return this.#runAll(run, new AbortController().signal);
    if (run.hooks.length === 0) return undefined;
    try {
      const limits = { clock, limit: AFTER_CANCEL_LIMIT_MS, what: `Hooks ${run.when}` };
      return await within(limits, (signal) => this.#runAll(run, signal));
    } catch (error) {
      return error as Error;
    }
  }

  async #runAll(run: HookRun, signal: AbortSignal): Promise<Error | undefined> {
    let first: Error | undefined;
    for (const [at, hook] of run.hooks.entries()) {
      const error = await this.#call(hook, nameOf(at, run), signal);
      if (error !== undefined && hook.onError === "warn") run.onWarning(error.message);
      else first ??= error;
    }
    return first;
  }

  async #call({ call, timeout }: Hook, what: string, signal: AbortSignal): Promise<Error | undefined> {
    const { clock, http } = this.#context;
    try {
      await within({ clock, limit: timeout, what, signal }, (until) =>
        call.kind === "http" ? http.call(call, until) : this.#exec(call, until),
      );
      return undefined;
    } catch (error) {
      if (signal.aborted) return cancellation(signal, what);
      if (hasCode(error, "timeout")) return error;
      const transient = error instanceof HoldfastError && error.transient;
      return new HoldfastError("source", { what, why: messageOf(error), cause: error, transient });
    }
  }

  async #exec({ service, command, user, env }: ExecHook, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#context;
    const id = await this.#containerOf(service, signal);
    const said = new LastWords();
    const { exitCode, lastWords } = await runtime.exec(id, { command, user, env, stdout: said }, signal);
    if (exitCode === 0) return;
    const words = (lastWords || said.text()).trim().slice(-QUOTED_AT_MOST);
    throw new Error(
      `${command[0] ?? ""} in ${service} ended with ${exitCode}${words === "" ? "" : `: ${words}`}`,
    );
  }

  async #containerOf(service: string, signal: AbortSignal): Promise<string> {
    const { runtime } = this.#context;
    const own = await runtime.ownContainer(signal);
    const project = own?.compose?.project ?? this.#context.project;
    const [first] = (await runtime.containers({ project, service }, signal))
      .filter(({ state, compose }) => state === "running" && compose?.oneOff === false)
      .toSorted((a, b) => (a.compose?.number ?? 0) - (b.compose?.number ?? 0));
    if (first !== undefined) return first.id;
    throw new Error(`no container of service ${service} runs in project ${project}`);
  }
}

function nameOf(at: number, { when }: HookRun): string {
  return `Hook ${at + 1} ${when}`;
}

/** The end of a command's output. */
class LastWords {
  #kept = Buffer.alloc(0);

  async write(chunk: Uint8Array): Promise<void> {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-QUOTED_AT_MOST);
  }

  text(): string {
    return this.#kept.toString("utf8");
  }
}
