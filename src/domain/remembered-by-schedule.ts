/** Answers of a schedule about an instant stay true for ever, cost much, and are asked for again at every look at the status. */
import type { Instant } from "./instant.ts";
import type { Schedule } from "./schedule.ts";

/** Each store of a job asks about another instant, and each new point about a new one. */
const ANSWERS_KEPT = 16;

/** `answer` must depend on nothing else. What is remembered goes with the schedule. */
export function rememberedBySchedule<Answer>(
  answer: (schedule: Schedule, about: Instant) => Answer,
): (schedule: Schedule, about: Instant) => Answer {
  const answers = new WeakMap<Schedule, Map<Instant, { answer: Answer }>>();
  return (schedule, about) => {
    const known = answers.get(schedule) ?? new Map<Instant, { answer: Answer }>();
    answers.set(schedule, known);
    const found = known.get(about) ?? { answer: answer(schedule, about) };
    if (!known.has(about) && known.size >= ANSWERS_KEPT) known.clear();
    known.set(about, found);
    return found.answer;
  };
}
