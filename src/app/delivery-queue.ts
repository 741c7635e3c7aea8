/** Rules of one channel's queue: what of it is still worth sending, when, and for how long. Pure. */
import { DAY, MINUTE, SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { PendingDelivery } from "../ports/state.ts";

const FIRST_RETRY: Milliseconds = 30 * SECOND;
const LAST_RETRY: Milliseconds = 30 * MINUTE;
/** A message that nobody would take for so long is given up. */
const GIVEN_UP_AFTER: Milliseconds = DAY;
/** Retries of many channels and sidecars must not fall on one instant. */
const JITTER = 0.2;

export interface Sifted {
  /** At most one for each alert, so that no message of it can overtake another; the longest waiting first. */
  worthSending: PendingDelivery[];
  superseded: PendingDelivery[];
}

/**
 * After a time in which a channel took nothing: of an alert that is over, only that it is over (which says since when it
 * was); of one whose beginning was never told, the beginning; else the last repetition.
 */
export function sift(queue: readonly PendingDelivery[]): Sifted {
  const byAlert = Map.groupBy(queue, ({ message }) => message.id);
  const worth = new Set([...byAlert.values()].map(mostTelling));
  return {
    worthSending: queue
      .filter((delivery) => worth.has(delivery))
      .sort((a, b) => a.notBefore - b.notBefore || a.id - b.id),
    superseded: queue.filter((delivery) => !worth.has(delivery)),
  };
}

function mostTelling(ofOneAlert: PendingDelivery[]): PendingDelivery | undefined {
  const find = (event: string) => ofOneAlert.findLast(({ message }) => message.event === event);
  return find("resolved") ?? find("firing") ?? ofOneAlert.at(-1);
}

/** Due, or put off further than any retry is: then the wall clock was set back meanwhile. */
export function isDue({ notBefore }: PendingDelivery, now: Instant): boolean {
  return notBefore <= now || notBefore > now + 2 * LAST_RETRY;
}

/** 30 s doubling to 30 min, or longer if the receiver asked for it, within the same bound. `random` is in [0, 1). */
export function retryDelay(
  attemptsBefore: number,
  retryAfter: Milliseconds | undefined,
  random: number,
): Milliseconds {
  const delay = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(attemptsBefore, 30));
  const spread = delay * (1 - JITTER + 2 * JITTER * random);
  return Math.round(Math.max(spread, Math.min(retryAfter ?? 0, LAST_RETRY)));
}

/** How long a whole channel is left alone after a failure: what failed for one message probably fails for the next. */
export function channelPause(retryAfter: Milliseconds | undefined): Milliseconds {
  return Math.min(LAST_RETRY, Math.max(FIRST_RETRY * (1 - JITTER), retryAfter ?? 0));
}

export function isGivenUp({ message }: PendingDelivery, now: Instant): boolean {
  return now - message.at >= GIVEN_UP_AFTER;
}
