/** What is told once, and is over when it is told: an event that nobody would notice otherwise. */
import type { AlertMessage } from "./alerts.ts";
import type { Instant } from "./instant.ts";
import type { StackEvent } from "./stack-event.ts";

/** A kind of event that is told. */
type Told = Exclude<StackEvent["kind"], "trouble">;

const TITLES: Readonly<Record<Told, string>> = {
  cleaned: "Cleaned up after a process that was killed",
  late: "Services were held for longer than they may be",
};

function stepAfter(kind: Told, job: string | undefined): string {
  if (kind === "cleaned")
    return "Nothing is left to do. If nobody ended it on purpose, look whether the memory ran out or the machine was restarted.";
  const history = job === undefined ? "`holdfast history`" : `\`holdfast history ${job}\``;
  return `Look with ${history} at what took so long; the limit is \`quiesce.limit\`.`;
}

/** Lines of one message; the rest is counted. */
const MOST_LINES = 30;

/** Undefined where nobody is to be told. */
export function noteOf(
  { kind, text, job }: StackEvent,
  { id, stack, at }: { id: string; stack: string; at: Instant },
): AlertMessage | undefined {
  if (kind === "trouble") return undefined;
  return {
    ...{ id, event: "note", stack, since: at, at },
    problem: {
      // A note is about no condition: see conditionOf.
      ...{ condition: "services-held", severity: "warning" },
      ...(job === undefined ? {} : { job }),
      title: TITLES[kind],
      detail: text,
      next: stepAfter(kind, job),
    },
  };
}

/** Of two or more. The same notes make the same one. */
export function notesAsOne(notes: readonly AlertMessage[]): AlertMessage {
  const [first] = notes as [AlertMessage];
  const kinds = [...Map.groupBy(notes, ({ problem }) => problem.title).values()];
  const lines = notes.map(({ problem }) => problem.detail);
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more, in the log`] : [];
  return {
    ...first,
    id: `${first.id}-and-${notes.length - 1}-more`,
    since: Math.min(...notes.map(({ since }) => since)),
    at: Math.max(...notes.map(({ at }) => at)),
    problem: {
      ...{ condition: first.problem.condition, severity: "warning" },
      title: kinds.map(([note]) => note?.problem.title).join("; "),
      detail: [...lines.slice(0, MOST_LINES), ...more].join("\n"),
      next: kinds.map(([note]) => note?.problem.next).join(" "),
    },
  };
}
