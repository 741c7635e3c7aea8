/** What to tell somebody who cannot hold services. */
import { HoldfastError, messageOf } from "../../domain/errors.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";

/** Only one run holds services at a time. */
export function heldByAnother({ job }: { job: string }, open: Intervention): HoldfastError {
  return new HoldfastError("refused", {
    what: `Holding services for job ${job}`,
    why: `job ${open.job} has held services since ${new Date(open.startedAt).toISOString()}`,
    next: "let it end first",
    transient: true,
  });
}

/** Of one failure or more. */
export function notReleased(failures: readonly ReleaseFailure[]): HoldfastError {
  const cause = failures[0]?.error;
  return new HoldfastError("source", {
    what: `Letting ${failures.map(({ container }) => container.name).join(", ")} run again`,
    why: messageOf(cause),
    next: "it is tried again every few seconds; `docker unpause` or `docker start` does it by hand",
    cause,
  });
}

interface ReleaseFailure {
  container: { name: string };
  error: Error;
}

/** Of what it holds, as a sentence names them. */
export function namesOf({ held }: Intervention): string {
  return held.map(({ name }) => name).join(", ");
}
