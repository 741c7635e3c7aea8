/**
 * Waits for a moment at which nobody is starting a command in the containers that are about to be paused, as health checks are.
 * containerd up to 1.6, at least, does not let go again of a container that it froze with a command half started in it.
 */
import { hasCode } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";

/** Longer than all containers of a hold take to be paused. */
const MARGIN: Milliseconds = SECOND;
/** Somebody who runs commands all the time is not waited for. */
const MOST_WAIT: Milliseconds = 10 * SECOND;
const LOOK_EVERY: Milliseconds = 50;

export async function awaitQuietMoment(
  containers: readonly HeldContainer[],
  { runtime, clock, signal }: { runtime: ContainerRuntime; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const giveUpAt = clock.monotonic() + MOST_WAIT;
  for (;;) {
    const now = await Promise.all(containers.map(({ id }) => unlessGone(runtime.inspect(id, signal))));
    if (
      now.every((container) => container === undefined || isQuiet(container, clock)) ||
      clock.monotonic() >= giveUpAt
    )
      return;
    await clock.sleep(LOOK_EVERY, { signal });
  }
}

/** One that was removed meanwhile is not paused either. */
async function unlessGone(looking: Promise<Container>): Promise<Container | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (hasCode(error, "not-found")) return undefined;
    throw error;
  }
}

/** A check that is due may be starting already: it is waited for until its end puts the next one off. */
function isQuiet({ execs = 0, probe }: Container, clock: Clock): boolean {
  if (execs > 0) return false;
  if (probe === undefined) return true;
  return probe.nextAt - clock.now() > Math.min(MARGIN, probe.every / 2);
}
