/** What was promised, and what was measured and when. */
import { formatDuration } from "../../domain/human-text.ts";
import { toIso, type Instant } from "../../domain/instant.ts";
import type { JobStatus } from "../read-status.ts";
import type { RunbookFacts } from "./facts.ts";
import { keptPart, type KeptParts } from "./kept-parts.ts";
import { measured } from "./measured.ts";
import { plain, section, table } from "./markdown.ts";

export function objectives({ status }: RunbookFacts, kept: KeptParts): string {
  const limits = table(
    ["job", "schedule", "RPO target: alerts when the newest point is older than"],
    status.jobs.map(({ name, schedule, maxAge }) => [
      plain(name),
      schedule === undefined ? "by hand" : `\`${schedule.expression}\` (${plain(schedule.timezone)})`,
      maxAge === undefined ? "–" : formatDuration(maxAge),
    ]),
  );
  const now = table(
    [
      "job",
      "RPO: lost if it happened then",
      "newest point",
      "RTO: measured",
      "measured on",
      "newest drill that passed",
    ],
    status.jobs.map(measuredRow),
  );
  return section(
    "## What may be lost, and how long it takes",
    keptPart("objectives", kept),
    limits,
    measured(`Measured on ${day(status.at)}:\n\n${now}`),
    "The RTO is of the data alone, from the decision until it was looked at; starting the services comes on top. Where none is measured, nobody knows how long it takes: a drill or a restore measures it.",
  );
}

function measuredRow(job: JobStatus): string[] {
  const newest = job.stores
    .flatMap((store) => store.newest ?? [])
    .toSorted((a, b) => b.startedAt - a.startedAt)[0];
  return [
    plain(job.name),
    job.rpo === undefined ? "**everything**" : formatDuration(job.rpo),
    newest === undefined ? "**none**" : `${newest.id} (${toIso(newest.startedAt).slice(0, 16)}Z)`,
    job.rto === undefined ? "–" : formatDuration(job.rto),
    job.rtoAt === undefined ? "–" : day(job.rtoAt),
    job.drill.lastSuccessAt === undefined ? "–" : day(job.drill.lastSuccessAt),
  ];
}

function day(instant: Instant): string {
  return toIso(instant).slice(0, 10);
}
