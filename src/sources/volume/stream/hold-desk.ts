/**
 * Holds services for a capture in another container, which asks for it through its stream. Whatever becomes of that container,
 * nobody is held for longer than its stream lasts.
 */
import { mkdir, rm } from "node:fs/promises";

import { asError, hasCode, HoldfastError } from "../../../domain/errors.ts";
import type { ProcessTable } from "../../../ports/process-identity.ts";
import type { CaptureRequest, Freezer, Hold } from "../../../ports/source.ts";
import { newScratch } from "../databases/scratch.ts";
import type { HoldMessage } from "./frames.ts";
import { writeAnswer, type HoldAnswer } from "./hold-answers.ts";
import { toldError } from "./told-error.ts";

export interface HoldDeskOptions {
  /** Full name of what is captured. */
  volume: string;
  /** Directory that the other container has at the same place, for a directory of answers in it. */
  scratch: string;
  processes: ProcessTable;
  request: Pick<CaptureRequest, "hold" | "freezerOf" | "signal">;
}

type LetGo = PromiseWithResolvers<undefined>;

export class HoldDesk {
  /** Where answers are. */
  readonly directory: string;
  readonly #options: HoldDeskOptions;
  readonly #asked = new Map<number, LetGo>();
  readonly #serving: Promise<void>[] = [];
  readonly #closed = new AbortController();
  readonly #broken = new AbortController();
  #freezer: Promise<Freezer> | undefined;
  #trouble: Error | undefined;

  private constructor(options: HoldDeskOptions) {
    this.#options = options;
    this.directory = newScratch(options.scratch, options.processes);
  }

  /** Throws what keeps its directory from being made. */
  static async open(options: HoldDeskOptions): Promise<HoldDesk> {
    const desk = new HoldDesk(options);
    await mkdir(desk.directory, { recursive: true, mode: 0o700 });
    return desk;
  }

  /** Fires when no answer can be given any more: nobody has to wait for one. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** Does not wait for what it begins. */
  take(message: HoldMessage): void {
    const { id, type } = message;
    if (type === "let-go") this.#asked.get(id)?.resolve(undefined);
    else if (type === "find-freezer") this.#serving.push(this.#answerWho(id));
    else {
      const letGo = Promise.withResolvers<undefined>();
      // Who was not held yet is not waited for.
      letGo.promise.catch(() => undefined);
      this.#asked.set(id, letGo);
      this.#serving.push(this.#serve(message, letGo));
    }
  }

  /** Resolves once nobody is held any more. Throws what kept somebody from being let go after the stream had ended. */
  async close(): Promise<void> {
    this.#closed.abort(gone());
    for (const letGo of this.#asked.values()) letGo.reject(this.#closed.signal.reason);
    await Promise.all(this.#serving);
    await rm(this.directory, { recursive: true, force: true });
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  async #answerWho(id: number): Promise<void> {
    try {
      const freezer = await this.#findFreezer();
      await this.#answer(id, "freeze" in freezer ? {} : { because: freezer.because });
    } catch (error) {
      await this.#refuse(id, asError(error));
    }
  }

  async #serve({ id, by }: Extract<HoldMessage, { type: "hold" }>, letGo: LetGo): Promise<void> {
    const { directory } = this;
    try {
      const hold = await this.#holdBy(by);
      const { heldMs } = await hold(async (signal) => {
        this.#closed.signal.throwIfAborted();
        await writeAnswer(directory, { id, phase: "begun" }, {});
        await unlessAborted(letGo, signal);
      });
      await this.#answer(id, { heldMs });
    } catch (error) {
      await this.#refuse(id, asError(error));
    } finally {
      this.#asked.delete(id);
    }
  }

  async #holdBy(by: "job" | "freezer"): Promise<Hold> {
    const { hold } = this.#options.request;
    if (by === "job" && hold !== undefined) return hold;
    const freezer = await this.#findFreezer();
    if ("freeze" in freezer) return freezer.freeze;
    throw new HoldfastError("source", { what: "Holding who writes to a database", why: freezer.because });
  }

  #findFreezer(): Promise<Freezer> {
    const { volume, request } = this.#options;
    const { freezerOf, signal } = request;
    const until = AbortSignal.any([signal, this.#closed.signal]);
    return (this.#freezer ??=
      freezerOf?.({ volume }, until) ??
      Promise.resolve({ because: "nobody was found who could be held for it" }));
  }

  async #refuse(id: number, error: Error): Promise<void> {
    if (!this.#closed.signal.aborted) {
      await this.#answer(id, { error: toldError(error, "Holding services for a capture") });
    } else if (error !== this.#closed.signal.reason && !isOfAbort(error)) this.#trouble ??= error;
  }

  /** On a full disk not even an answer can be given. */
  async #answer(id: number, answer: HoldAnswer): Promise<void> {
    await writeAnswer(this.directory, { id, phase: "ended" }, answer).catch((error: unknown) =>
      this.#broken.abort(unanswered(this.directory, asError(error))),
    );
  }
}

/** Waits to be asked to let go. */
async function unlessAborted({ promise, reject }: LetGo, signal: AbortSignal): Promise<void> {
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  await promise.finally(() => signal.removeEventListener("abort", onAbort));
}

/** What a signal has ended tells nothing about whom it held. */
function isOfAbort(error: Error): boolean {
  return hasCode(error, "cancelled") || error.name === "AbortError";
}

function gone(): HoldfastError {
  return new HoldfastError("source", {
    what: "Holding services for a capture",
    why: "the container that asked for it has ended",
  });
}

function unanswered(directory: string, cause: Error): HoldfastError {
  return new HoldfastError("source", {
    what: `Answering the container that captures, in ${directory},`,
    why: cause.message,
    next: "check that the file system of `scratch` has room and can be written to",
    cause,
  });
}
