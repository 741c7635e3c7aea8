/** Which of the messages that are due a channel is sent now, and which of them as one. Pure. */
import { waitsInQuiet, type ChannelRules } from "../domain/channel-rules.ts";
import type { Instant } from "../domain/instant.ts";
import type { PendingDelivery } from "../ports/state.ts";

export interface SendingFacts {
  rules: ChannelRules;
  /** Told each message by itself. */
  isMachine: boolean;
  now: Instant;
  /** Of the day, in the stack's zone. */
  minuteAt: (instant: Instant) => number;
  /** How many messages it may be sent. */
  room: number;
}

/** From so many on, messages that say the same of different jobs are one. */
const MANY = 3;

/** What to send next, as one; undefined: nothing now. `due` is in order. */
export function nextToSend(
  due: readonly PendingDelivery[],
  { rules, isMachine, now, minuteAt, room }: SendingFacts,
): readonly PendingDelivery[] | undefined {
  const minute = minuteAt(now);
  const allowed = due.filter(({ message }) => !waitsInQuiet(rules, message, minute));
  const [first] = allowed;
  if (first === undefined || room <= 0) return undefined;
  if (isMachine || isAlone(first)) return [first];
  const others = allowed.filter((delivery) => !isAlone(delivery));
  const groups = groupsOf(others, (delivery) =>
    waitsInQuiet(rules, delivery.message, minuteAt(delivery.message.at)),
  );
  return groups.length > room ? others : groups[0];
}

/** It says something of its own. */
function isAlone({ message: { event } }: PendingDelivery): boolean {
  return event === "test" || event === "digest";
}

/** What waited for the end of the quiet hours is one group; notes are another, and what is alike and many; all else is told by itself. */
function groupsOf(
  deliveries: readonly PendingDelivery[],
  wasHeld: (delivery: PendingDelivery) => boolean,
): PendingDelivery[][] {
  const kinds = Map.groupBy(deliveries, (delivery) => (wasHeld(delivery) ? "held" : kindOf(delivery)));
  return [...kinds].flatMap(([kind, group]) =>
    kind === "held" || kind === NOTES || group.length >= MANY ? [group] : group.map((one) => [one]),
  );
}

const NOTES = "notes";

function kindOf({ message: { event, problem } }: PendingDelivery): string {
  return event === "note" ? NOTES : `${event} ${problem.condition}`;
}
