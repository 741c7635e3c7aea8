/** What to tell somebody who cannot hold services. */
import { HoldfastError } from "../../domain/errors.ts";
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
