/** `holdfast silence <job|all> <duration>`, `silence list`, `silence end <job|all>`: alerts that nobody wants to hear while they work. */
import { randomUUID } from "node:crypto";
import { parseDuration } from "../domain/duration.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { DAY, toIso, type Instant, type Milliseconds } from "../domain/instant.ts";
import { inForce, type Silence } from "../domain/silence.ts";
import type { Stack } from "../daemon/compose.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const EVERYTHING = "all";
/** Longer ones are forgotten by who made them; the alert is taken out of the config instead. */
const LONGEST: Milliseconds = 30 * DAY;

export const beginSilence: Verb<{ reason?: string }, [job: string, duration: string]> = (
  context,
  { reason = "" },
  name,
  length,
) =>
  withStack(context, async (stack) => {
    const { actor, clock, state } = stack.context;
    const job = jobNamed(stack, name);
    const since = clock.now();
    const silence = { id: randomUUID(), job, since, until: since + lengthOf(length), reason, actor };
    state.silences.add(silence);
    audit(stack, "silence", silence, since);
    if (context.json) await printJson(context.terminal, silenceJson(silence));
    else await printLine(context.terminal, sentenceOf(silence, since));
    return EXIT.done;
  });

export const listSilences: Verb = (context) =>
  withStack(context, async (stack) => {
    const now = stack.context.clock.now();
    const silences = inForce(stack.state.silences.all(), now);
    if (context.json) await printJson(context.terminal, silences.map(silenceJson));
    else if (silences.length === 0) await printLine(context.terminal, "Nothing is silenced.");
    else await printLine(context.terminal, tableOf(silences, now));
    return EXIT.done;
  });

export const endSilence: Verb<object, [job: string]> = (context, _options, name) =>
  withStack(context, async (stack) => {
    const { clock, state } = stack.context;
    const now = clock.now();
    const job = name === EVERYTHING ? undefined : name;
    const ended = inForce(state.silences.all(), now).filter((silence) => silence.job === job);
    if (ended.length === 0) {
      const what = `Ending the silence of ${name}`;
      throw new HoldfastError("not-found", {
        what,
        why: "there is none",
        next: "see `holdfast silence list`",
      });
    }
    for (const silence of ended) {
      state.silences.remove(silence.id);
      audit(stack, "end-silence", silence, now);
    }
    if (context.json) await printJson(context.terminal, ended.map(silenceJson));
    else await printLine(context.terminal, `Alerts of ${name} are told again.`);
    return EXIT.done;
  });

/** One line for `holdfast status`. */
export function sentenceOf({ job, until, reason }: Silence, now: Instant): string {
  const what = job === undefined ? "All alerts are" : `Alerts of ${job} are`;
  const why = reason === "" ? "" : ` (${reason})`;
  return `${what} silenced for ${formatDuration(until - now)}, until ${toIso(until)}${why}.`;
}

function jobNamed(stack: Stack, name: string): string | undefined {
  return name === EVERYTHING ? undefined : stack.job(name, [EVERYTHING]).job.name;
}

function lengthOf(text: string): Milliseconds {
  const refused = (why: string) =>
    new HoldfastError("usage", {
      what: "Silencing alerts",
      why,
      next: "give a duration such as 2h, up to 30d",
    });
  let length: Milliseconds | undefined;
  try {
    length = parseDuration(text);
  } catch (error) {
    throw refused(messageOf(error));
  }
  if (length === undefined || length <= 0) throw refused(`${text} is no duration`);
  if (length > LONGEST) throw refused(`${text} is longer than 30 days`);
  return length;
}

function audit(stack: Stack, operation: "silence" | "end-silence", silence: Silence, at: Instant): void {
  const { actor, state } = stack.context;
  const { job = EVERYTHING, reason, until } = silence;
  state.audit.record({
    at,
    actor,
    operation,
    job,
    outcome: "succeeded",
    details: { until: toIso(until), reason },
  });
}

function silenceJson({ id, job, since, until, reason, actor }: Silence): Record<string, unknown> {
  return { id, job: job ?? null, since: toIso(since), until: toIso(until), reason, actor };
}

function tableOf(silences: readonly Silence[], now: Instant): string {
  return formatTable(silences, [
    { title: "JOB", value: ({ job }) => job ?? EVERYTHING },
    { title: "FOR", value: ({ until }) => formatDuration(until - now) },
    { title: "UNTIL", value: ({ until }) => toIso(until) },
    { title: "BY", value: ({ actor }) => actor },
    { title: "REASON", value: ({ reason }) => reason },
  ]);
}
