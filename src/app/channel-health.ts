/** Whether a channel takes what it is sent; kept over restarts, so that the other channels can be told. */
import type { Problem } from "../domain/alerts.ts";
import { HOUR, toIso, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { ChannelNotes } from "../ports/state.ts";

const NOTE = "trouble";
/** A receiver that is restarted is away for less. */
const BROKEN_AFTER: Milliseconds = HOUR;

interface Trouble {
  since: Instant;
  error: string;
  /** A message was given up. */
  lost: boolean;
}

export function noteFailure(
  notes: ChannelNotes,
  channel: string,
  { error, lost, now }: { error: string; lost: boolean; now: Instant },
): void {
  const before = troubleOf(notes.get(channel, NOTE));
  const since = Math.min(before?.since ?? now, now);
  const trouble: Trouble = { since, error, lost: lost || before?.lost === true };
  notes.set({ channel, name: NOTE, value: JSON.stringify(trouble), at: now });
}

export function noteSuccess(notes: ChannelNotes, channel: string): void {
  if (notes.get(channel, NOTE) !== undefined) notes.remove(channel, NOTE);
}

/** Of the channels that are configured. */
export function brokenChannels(notes: ChannelNotes, channels: readonly string[], now: Instant): Problem[] {
  return notes.named(NOTE).flatMap(({ channel, value }) => {
    const trouble = troubleOf(value);
    if (trouble === undefined || !channels.includes(channel)) return [];
    const isBroken = trouble.lost || now - trouble.since >= BROKEN_AFTER;
    return isBroken ? [broken(channel, trouble)] : [];
  });
}

function broken(channel: string, { since, error, lost }: Trouble): Problem {
  const when = `${toIso(since).slice(0, 16).replace("T", " ")} UTC`;
  return {
    condition: "channel-broken",
    channel,
    severity: "critical",
    title: `Alert channel ${channel} does not deliver`,
    detail: `It has taken nothing since ${when}${lost ? ", and messages were given up" : ""}. ${error} Whoever reads it does not know what is told there.`,
    next: `Correct it, and run \`holdfast notify test ${channel}\`: the alert ends with the first message that arrives.`,
  };
}

function troubleOf(value: string | undefined): Trouble | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as Trouble);
}
