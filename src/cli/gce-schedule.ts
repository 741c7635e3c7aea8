/** `holdfast gce schedule ensure`: schedules by which Google itself makes snapshots of the disks of jobs. */
import { applySchedule, isAsWanted, planSchedules, type PlannedSchedule } from "../app/ensure-schedules.ts";
import type { Stack } from "../daemon/compose.ts";
import { diskJobs, disksOfJob, type DiskJob } from "../daemon/compose-snapshots.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { SchedulePlan } from "../ports/snapshot-provider.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface ScheduleOptions {
  all?: boolean;
  name?: string;
  start: string;
  keepDays: string;
  location?: string;
  onDiskDelete: "keep" | "delete";
  dryRun?: boolean;
  yes?: boolean;
}

/** As Google's own console calls the one that it offers. */
const DEFAULT_NAME = "daily-backup";
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const FULL_HOUR = /^(?:[01]\d|2[0-3]):00$/;
/** The most that Google takes. */
const MOST_DAYS = 65_535;
const WHAT = "Setting up a schedule of Google's";

export const ensureSchedule: Verb<ScheduleOptions, [job: string | undefined]> = (context, options, name) =>
  withStack(context, async (stack) => {
    const { signal, terminal, json } = context;
    assertUnderstood(options, name);
    const wanted = await wantedOf(stack, { options, name, signal });
    const planned = await planSchedules(wanted, signal);
    const toDo = planned.filter((each) => !isAsWanted(each));
    const isDryRun = options.dryRun === true;
    if (!json) for (const { plan } of planned) await printLine(terminal, textOf(plan));
    if (!isDryRun) {
      await confirm(terminal, toDo, options.yes === true);
      for (const each of toDo) {
        await applySchedule(stack.context, each, signal);
        if (!json) await printLine(terminal, `Done: ${titleOf(each.plan)}.`);
      }
    }
    if (json) await printJson(terminal, { dryRun: isDryRun, schedules: planned.map(jsonOf) });
    else if (isDryRun && toDo.length > 0) await printLine(terminal, "Nothing was changed.");
    return EXIT.done;
  });

async function wantedOf(
  stack: Stack,
  { options, name, signal }: { options: ScheduleOptions; name: string | undefined; signal: AbortSignal },
) {
  const jobs = jobsNamed(stack, name);
  return Promise.all(
    jobs.map(async (job) => {
      const { source } = job;
      const terms = {
        name: options.name ?? source.observe?.resourcePolicy ?? DEFAULT_NAME,
        dailyAt: options.start,
        keepDays: Number(options.keepDays),
        afterDiskDelete: options.onDiskDelete === "keep" ? ("keep" as const) : ("delete-in-time" as const),
        location: options.location ?? source.location,
        guestFlush: source.guestFlush ? true : undefined,
      };
      return { job: job.name, terms, ...(await disksOfJob(job, signal)) };
    }),
  );
}

function jobsNamed(stack: Stack, name: string | undefined): DiskJob[] {
  const all = diskJobs(stack);
  if (name === undefined) {
    if (all.length > 0) return all;
    throw usage("no job is of disks", "add one with a source of kind gce-disk");
  }
  const found = all.find((job) => job.name === stack.job(name).job.name);
  if (found !== undefined) return [found];
  const next = all.length === 0 ? "there is none" : `name one of ${all.map((job) => job.name).join(", ")}`;
  throw usage(`job ${name} is not of disks`, next);
}

function assertUnderstood({ all, name, start, keepDays }: ScheduleOptions, job: string | undefined): void {
  if ((job === undefined) !== (all === true))
    throw usage(
      job === undefined ? "no job is named" : "a job and --all are both given",
      "name a job, or give --all",
    );
  if (name !== undefined && !NAME.test(name))
    throw usage(`--name ${name} is no name of a schedule`, "use lowercase letters, digits and -");
  if (!FULL_HOUR.test(start))
    throw usage(`--start ${start} is no full hour`, "give one in UTC, such as 04:00");
  if (!/^[1-9]\d{0,4}$/.test(keepDays) || Number(keepDays) > MOST_DAYS)
    throw usage(`--keep-days ${keepDays} is no number of days`, `give one from 1 to ${MOST_DAYS}`);
}

/** Throws `refused` unless somebody said yes. Asks nothing when there is nothing to do. */
async function confirm(terminal: Terminal, toDo: readonly PlannedSchedule[], yes: boolean): Promise<void> {
  const [first] = toDo;
  if (first === undefined || yes) return;
  const { name } = first.plan.wanted;
  const typed = await terminal.ask(`Type ${name} to go on: `);
  if (typed?.trim() === name) return;
  throw new HoldfastError("refused", {
    what: WHAT,
    why: typed === undefined ? "nobody confirmed it" : "it was not confirmed",
    next: typed === undefined ? "add --yes, or look at it with --dry-run" : "nothing was changed",
  });
}

function titleOf({ wanted }: SchedulePlan): string {
  return `${wanted.name} in ${wanted.region}`;
}

function textOf(plan: SchedulePlan): string {
  const { wanted, change, differences, attach, notes } = plan;
  const names = (disks: SchedulePlan["attach"]) => disks.map(({ name }) => name).join(", ");
  const lines: string[] = [];
  if (change === "create") {
    const fate = wanted.afterDiskDelete === "keep" ? "kept also" : "deleted in their time also";
    const where = wanted.location === undefined ? "where Google chooses" : `in ${wanted.location}`;
    const kept = `kept for ${wanted.keepDays} days ${where}, ${fate} when their disk is deleted`;
    lines.push(`${titleOf(plan)} is to be made: daily at ${wanted.dailyAt} UTC, ${kept}.`);
  }
  if (change === "update") {
    lines.push(
      `${titleOf(plan)} is to be changed, for every disk that it is attached to:`,
      formatTable(differences, [
        { title: "WHAT", value: ({ what }) => what },
        { title: "IS", value: ({ is }) => is },
        { title: "WANTED", value: ({ wanted: value }) => value },
      ]),
    );
  }
  if (attach.length > 0) lines.push(`${titleOf(plan)} is to be attached to ${names(attach)}.`);
  if (lines.length === 0) lines.push(`${titleOf(plan)} is as wanted, on ${names(wanted.disks)}.`);
  return [...lines, ...notes].join("\n");
}

function jsonOf({ plan, jobs }: PlannedSchedule) {
  const { wanted, change, differences, attach, notes } = plan;
  return { jobs, wanted, change, differences, attach, notes };
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: WHAT, why, next });
}
