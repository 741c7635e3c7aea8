/** How far back, and how much of it, a verb shows of what has happened. */
import { collectSecrets } from "../config/show.ts";
import type { Stack } from "../daemon/compose.ts";
import { parseDuration } from "../domain/duration.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import { createRedactor, type Redactor } from "../observability/redactor.ts";

export interface LookBackOptions {
  /** A length of time, or a time. */
  since?: string;
  limit?: string;
}

const DEFAULT_LIMIT = 50;
const MOST = 100_000;

export interface LookBack {
  since: Instant;
  limit: number;
}

export function lookBack(options: LookBackOptions, { config, context }: Stack): LookBack {
  const { since, limit } = options;
  const length = since === undefined ? undefined : parseDuration(since);
  return {
    since:
      since === undefined
        ? 0
        : length === undefined
          ? parseIsoTime(since, config.timezone)
          : context.clock.now() - length,
    limit: limitOf(limit),
  };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST) return limit;
  throw new HoldfastError("usage", {
    what: "Looking back",
    why: `--limit is ${text}`,
    next: `give a whole number from 1 to ${MOST}`,
  });
}

/** What went wrong once may quote anything, also what has become a secret only since. */
export function redactorOf({ config }: Stack): Redactor {
  return createRedactor(collectSecrets(config));
}
