/** Messages that a channel must take as they come: of any length, with whatever an error can hold. */
import fc from "fast-check";
import { ALERT_EVENTS, type AlertMessage } from "../../src/domain/alerts.ts";
import { HOUR } from "../../src/domain/instant.ts";

export const EVENTS = ALERT_EVENTS;

export function alertMessage(overrides: Partial<AlertMessage> = {}): AlertMessage {
  const at = Date.parse("2026-11-20T12:00:00Z");
  return {
    id: "alert-1",
    event: "firing",
    stack: "analytics",
    problem: {
      condition: "stale",
      job: "data",
      store: "local",
      severity: "critical",
      title: "Backup of data is stale in local",
      detail: "The last good point there is 50 h old.",
      next: "Run `holdfast backup data`.",
    },
    since: at - 3 * HOUR,
    at,
    ...overrides,
  };
}

/** A reason of 10,000 characters, with all that some markup is made of. */
export function longMessage(): AlertMessage {
  const noise = '<b>&amp; `rm -rf` *x* _y_ ~z~ |w| [a](http://b) @everyone <!channel> "q" \\ \u0007 🔥\n';
  const detail = `WHAT failed ${noise.repeat(Math.ceil(10_000 / noise.length))} and WHY`;
  return alertMessage({ problem: { ...alertMessage().problem, detail } });
}

const piece = fc.constantFrom(
  ...[
    "&",
    "<",
    ">",
    "a",
    " ",
    "\n",
    "🔥",
    "é",
    "\ud800",
    "\udc00",
    "word ",
    "`",
    "*",
    "_",
    "\\",
    '"',
    "\u0000",
    "@",
    "\t",
  ],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
  fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 9 }), fc.integer({ min: 100, max: 4000 }))
    .map(([pieces, times]) => pieces.join("").repeat(times)),
);

export const oddMessage: fc.Arbitrary<AlertMessage> = fc
  .record({
    title: text,
    detail: text,
    next: text,
    stack: text,
    event: fc.constantFrom(...EVENTS),
    severity: fc.constantFrom("warning" as const, "critical" as const),
    isAboutJob: fc.boolean(),
  })
  .map(({ title, detail, next, stack, event, severity, isAboutJob }) => {
    const about = isAboutJob ? { job: "data", store: "local" } : {};
    const problem = { condition: "stale" as const, ...about, title, detail, next, severity };
    return alertMessage({ event, stack, problem });
  });
