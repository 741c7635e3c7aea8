/** What is told of interventions that did not end as they should. */
import { formatDuration } from "../../domain/human-text.ts";
import type { Instant } from "../../domain/instant.ts";
import type { StackEvent } from "../../domain/stack-event.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";
import { namesOf } from "./hold-error.ts";

/** Of one whose run was killed. */
export function endedForKilled(open: Intervention, now: Instant): StackEvent {
  const { job, held, deadline } = open;
  const outcome =
    held.length === 0 ? "nothing was held yet" : `${namesOf(open)} run again, after ${lasted(open, now)}`;
  const text = `Ended what a killed run of job ${job} had begun: ${outcome}.`;
  return { kind: held.length > 0 && now > deadline ? "late" : "cleaned", text, job };
}

/** Of one that was seen to be open after its deadline, and is not any more. */
export function endedLate(open: Intervention, now: Instant): StackEvent {
  const { job, startedAt, deadline } = open;
  const most = formatDuration(deadline - startedAt);
  const text = `Job ${job} held ${namesOf(open)} for ${lasted(open, now)}; ${most} is the most that it may. They run again.`;
  return { kind: "late", text, job };
}

function lasted({ startedAt }: Intervention, now: Instant): string {
  return formatDuration(Math.max(0, now - startedAt));
}
