/** Looks whether services work after a recovery: that they are up, and what they have written since they started. */
import { messageOf } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Container } from "../../ports/container-runtime.ts";
import type { StackServices } from "./stack-services.ts";

export interface ServiceCheck {
  container: string;
  /** `healthy`, `running`, `ended`: one that has done its work, or what else it is. */
  state: string;
  /** Why it is not up, as a clause. */
  failure: string | undefined;
  /** The first line of its log that speaks of an error. */
  error: string | undefined;
}

const ERROR = /\b(?:ERROR|FATAL|PANIC)\b/;
/** What PostgreSQL calls fatal of whoever asks it too early, such as its own health check. */
const TOO_EARLY = /the database system is (?:starting up|not yet accepting connections|shutting down)/;
/** Of a line in a log. */
const QUOTED_AT_MOST = 160;

interface Look {
  /** What was written before is of no interest, also of one that was never stopped. */
  since: Instant;
  signal: AbortSignal;
}

export async function checkServices(
  services: StackServices,
  started: readonly Container[],
  { since, signal }: Look,
): Promise<ServiceCheck[]> {
  const checks: ServiceCheck[] = [];
  for (const container of started) {
    const failure = await services.failureOf(container, signal);
    const now = await services.context.runtime.inspect(container.id, signal);
    const { name, state, health } = now;
    const word = state === "exited" && failure === undefined ? "ended" : (health ?? state);
    checks.push({
      container: name,
      state: word,
      failure,
      error: await loggedError(services, now, { since, signal }),
    });
  }
  return checks;
}

async function loggedError(
  { context: { runtime } }: StackServices,
  { id, startedAt }: Container,
  { since, signal }: Look,
): Promise<string | undefined> {
  try {
    const log = await runtime.logsSince(id, Math.max(startedAt ?? 0, since), signal);
    return log
      .split("\n")
      .find((line) => ERROR.test(line) && !TOO_EARLY.test(line))
      ?.trim()
      .slice(0, QUOTED_AT_MOST);
  } catch (error) {
    signal.throwIfAborted();
    return `its log could not be read: ${messageOf(error)}`;
  }
}
