/** Several messages as one, for people: what is worst comes first. */
import { notesAsOne } from "./alert-note.ts";
import { conditionOf, type AlertMessage } from "./alerts.ts";
import { formatCount } from "./human-text.ts";

/** Lines of one message; the rest is counted. */
const MOST_LINES = 30;

/** Of two or more. The same messages make the same summary. */
export function summaryOf(messages: readonly AlertMessage[]): AlertMessage {
  const order = messages.toSorted((a, b) => rankOf(a) - rankOf(b) || a.since - b.since);
  const [worst] = order as [AlertMessage];
  if (messages.every(({ event }) => event === "note")) return notesAsOne(order);
  const over = messages.filter(({ event }) => event === "resolved").length;
  const notes = messages.filter(({ event }) => event === "note").length;
  const going = messages.length - over - notes;
  const counts = [
    ...(going === 0 ? [] : [formatCount(going, "alert")]),
    ...(over === 0 ? [] : [`${over} over`]),
    ...(notes === 0 ? [] : [formatCount(notes, "note")]),
  ];
  const lines = order.slice(0, MOST_LINES).map((message) => `${markOf(message)} ${lineOf(message)}`);
  const more = order.length > MOST_LINES ? [`… and ${order.length - MOST_LINES} more`] : [];
  const why = going === 0 ? [] : [`The first of them: ${worst.problem.detail}`];
  return {
    id: `${worst.id}-and-${messages.length - 1}-more`,
    event: "summary",
    stack: worst.stack,
    since: Math.min(...messages.map(({ since }) => since)),
    at: Math.max(...messages.map(({ at }) => at)),
    problem: {
      condition: worst.problem.condition,
      severity: messages.some((message) => rankOf(message) === 0) ? "critical" : "warning",
      title: `${counts.join(", ")}: ${sharedWord(messages) ?? `stack ${worst.stack}`}`,
      detail: [...lines, ...more, ...why].join("\n"),
      next: going === 0 ? "" : worst.problem.next,
    },
  };
}

function rankOf({ event, problem }: AlertMessage): number {
  if (event === "note") return 3;
  if (event === "resolved") return 2;
  return problem.severity === "critical" ? 0 : 1;
}

const MARKS = ["🔴", "🟠", "🟢 Over:", "🔵"];

function markOf(message: AlertMessage): string {
  return MARKS[rankOf(message)] ?? "";
}

/** The title of a note says only of what kind it is. */
function lineOf({ event, problem }: AlertMessage): string {
  return event === "note" ? problem.detail : problem.title;
}

/** The condition of all of them, in words. */
function sharedWord(messages: readonly AlertMessage[]): string | undefined {
  const conditions = new Set(messages.map(conditionOf));
  return conditions.size === 1 ? [...conditions][0]?.replaceAll("-", " ") : undefined;
}
