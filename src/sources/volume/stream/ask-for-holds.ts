/** Has services held from a container that could hold nobody itself: it asks through its stream, and waits for answers. */
import { stat } from "node:fs/promises";

import { asError, HoldfastError } from "../../../domain/errors.ts";
import { HOUR, SECOND, type Milliseconds } from "../../../domain/instant.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Freezer, Hold } from "../../../ports/source.ts";
import type { FrameStream, HoldMessage } from "./frames.ts";
import { readAnswer, type AnswerName, type HoldAnswer } from "./hold-answers.ts";

export interface HoldAskerOptions {
  stream: Pick<FrameStream, "send">;
  /** Where answers are. */
  directory: string;
  clock: Clock;
  signal: AbortSignal;
}

/** Somebody is held meanwhile, or will be at once. */
const LOOK_EVERY: Milliseconds = 5;
/** Who has not answered for so long is waiting for something itself, or is gone. */
const PATIENT_AFTER: Milliseconds = 10 * SECOND;
const LOOK_SELDOM: Milliseconds = 100;
/** Whether a hold was ended early. */
const WATCH_EVERY: Milliseconds = 100;
/** Whoever answers has limits of its own that are shorter, and answers when they are over: after this it is gone. */
const GONE_AFTER: Milliseconds = 4 * HOUR;

export class HoldAsker {
  readonly #options: HoldAskerOptions;
  #asked = 0;

  constructor(options: HoldAskerOptions) {
    this.#options = options;
  }

  /** Of the services that the job names. */
  readonly hold: Hold = (work) => this.#held("job", work);

  /** Of those that use the volume. */
  async findFreezer(): Promise<Freezer> {
    const id = await this.#ask((next) => ({ type: "find-freezer", id: next }));
    const { because } = await this.#answer(id, "ended");
    return because === undefined ? { freeze: (work) => this.#held("freezer", work) } : { because };
  }

  /** The work counts only when everybody was held until it had ended: that is what the last answer tells. */
  async #held<T>(
    by: "job" | "freezer",
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; heldMs: Milliseconds }> {
    const id = await this.#ask((next) => ({ type: "hold", id: next, by }));
    let value: T;
    try {
      await this.#answer(id, "begun");
      value = await this.#untilEndedEarly(id, work);
    } finally {
      await this.#options.stream.send({ type: "let-go", id });
    }
    const { heldMs = 0 } = await this.#answer(id, "ended");
    return { value, heldMs };
  }

  async #ask(messageOf: (id: number) => HoldMessage): Promise<number> {
    const { directory, stream } = this.#options;
    await stat(directory).catch((error: unknown) => {
      throw unshared(directory, error);
    });
    const id = (this.#asked += 1);
    await stream.send(messageOf(id));
    return id;
  }

  async #untilEndedEarly<T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const [early, over] = [new AbortController(), new AbortController()];
    void this.#watch(id, { early, over: over.signal });
    try {
      return await work(AbortSignal.any([signal, early.signal]));
    } catch (error) {
      throw early.signal.aborted ? early.signal.reason : error;
    } finally {
      over.abort();
    }
  }

  /** As long as the work lasts. */
  async #watch(id: number, { early, over }: { early: AbortController; over: AbortSignal }): Promise<void> {
    const { clock, directory } = this.#options;
    try {
      for (let answer: HoldAnswer | undefined; answer === undefined;) {
        await clock.sleep(WATCH_EVERY, { signal: over });
        answer = await readAnswer(directory, { id, phase: "ended" });
        if (answer !== undefined) early.abort(errorIn(answer) ?? asError(undefined));
      }
    } catch (error) {
      if (!over.aborted) early.abort(error);
    }
  }

  /** Throws the error that is the answer. */
  async #answer(id: number, phase: AnswerName["phase"]): Promise<HoldAnswer> {
    const { clock, directory, signal } = this.#options;
    const askedAt = clock.monotonic();
    for (let waited = 0; waited < GONE_AFTER; waited = clock.monotonic() - askedAt) {
      const begun = phase === "begun" ? await readAnswer(directory, { id, phase }) : undefined;
      const answer = begun ?? (await readAnswer(directory, { id, phase: "ended" }));
      const error = answer && errorIn(answer);
      if (error !== undefined) throw error;
      if (answer !== undefined) return answer;
      // The next start of Holdfast removes what a killed one left, and with it the place of every answer.
      if (waited > PATIENT_AFTER && !(await isThere(directory))) break;
      await clock.sleep(waited > PATIENT_AFTER ? LOOK_SELDOM : LOOK_EVERY, { signal });
    }
    throw unanswered();
  }
}

async function isThere(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => true,
    () => false,
  );
}

function errorIn({ error }: HoldAnswer): HoldfastError | undefined {
  return error && new HoldfastError(error.code, error.facts);
}

function unshared(directory: string, cause: unknown): HoldfastError {
  return new HoldfastError("source", {
    what: "Holding services for a capture",
    why: `the container that captures cannot see ${directory}, where it would be answered`,
    next: "put `scratch` on a volume of the Holdfast service",
    cause,
  });
}

function unanswered(): HoldfastError {
  return new HoldfastError("source", {
    what: "Holding services for a capture",
    why: "the Holdfast that asked for the capture does not answer",
    transient: true,
  });
}
