/** Tells of the backups of jobs to whoever expects to hear of them. A ping that does not arrive is what the other side is for: no run fails for it. */
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { PingTarget } from "../../domain/ping.ts";
import type { RunRecord } from "../../domain/run.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RunObserver } from "../../ports/run-observer.ts";
import { inTime } from "../in-time.ts";
import { networkTrouble } from "../network-trouble.ts";
import { splitAddress } from "../post-json.ts";
import { endRequest, startRequest, type PingRequest } from "./ping-request.ts";

export interface PingerOptions {
  stack: string;
  targetOf: (job: string) => PingTarget | undefined;
  clock: Clock;
  /** A sentence, without the address. Must not throw. */
  onTrouble: (message: string) => void;
}

const RETRY_AFTER: readonly Milliseconds[] = [2 * SECOND, 10 * SECOND];
/** Whoever ends does not wait for a receiver that is down. */
const LAST_LIMIT: Milliseconds = 4 * SECOND;

export class Pinger implements RunObserver {
  readonly #options: PingerOptions;
  readonly #ending = new AbortController();
  /** By job: one after the other, so that no end overtakes its start. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(options: PingerOptions) {
    this.#options = options;
  }

  runStarted({ id, job, operation }: Parameters<NonNullable<RunObserver["runStarted"]>>[0]): void {
    const { targetOf, stack } = this.#options;
    const target = operation === "backup" ? targetOf(job) : undefined;
    if (target !== undefined) this.#enqueue(job, startRequest(target, { stack, job, id }));
  }

  runFinished(run: RunRecord): void {
    const { targetOf, stack } = this.#options;
    const target = run.operation === "backup" ? targetOf(run.job) : undefined;
    if (target !== undefined) this.#enqueue(run.job, endRequest(target, stack, run));
  }

  /** Resolves when all have been told, or are given up: a few seconds at most. */
  async settled(): Promise<void> {
    if (this.#last.size === 0) return;
    const done = new AbortController();
    const limit = this.#options.clock.sleep(LAST_LIMIT, { signal: done.signal }).then(
      () => this.#ending.abort(),
      () => undefined,
    );
    await Promise.all(this.#last.values());
    done.abort();
    await limit;
  }

  #enqueue(job: string, request: PingRequest | undefined): void {
    if (request === undefined) return;
    const before = this.#last.get(job) ?? Promise.resolve();
    const sent: Promise<void> = before
      .then(() => this.#send(job, request))
      .finally(() => {
        if (this.#last.get(job) === sent) this.#last.delete(job);
      });
    this.#last.set(job, sent);
  }

  async #send(job: string, request: PingRequest): Promise<void> {
    const { clock, onTrouble } = this.#options;
    const { signal } = this.#ending;
    for (let attempt = 0; ; attempt++) {
      try {
        return await inTime({ what: `Pinging for job ${job}`, clock, signal }, (within) =>
          ping(job, request, within),
        );
      } catch (error) {
        const wait = RETRY_AFTER[attempt];
        const passes = error instanceof HoldfastError && error.transient && !signal.aborted;
        if (wait === undefined || !passes) return onTrouble(messageOf(error));
        await clock.sleep(wait, { signal }).catch(() => undefined);
      }
    }
  }
}

async function ping(job: string, { method, url, body }: PingRequest, signal: AbortSignal): Promise<void> {
  const what = `Pinging for job ${job}`;
  const { address, authorization } = splitAddress(url);
  const type = body === undefined ? {} : { "content-type": "text/plain; charset=utf-8" };
  const headers = { "user-agent": "holdfast", ...authorization, ...type };
  let answer: Response;
  try {
    answer = await fetch(address, {
      method,
      headers,
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    });
    await answer.body?.cancel();
  } catch (error) {
    throw new HoldfastError("notifier", { what, why: networkTrouble(error), transient: true });
  }
  if (answer.ok) return;
  const { status } = answer;
  const transient = status >= 500 || status === 408 || status === 429;
  throw new HoldfastError("notifier", {
    ...{ what, why: `the receiver answered ${status}`, transient },
    ...(transient ? {} : { next: "check the job's `ping.url`" }),
  });
}
