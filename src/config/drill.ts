/** The drills of a job: from the keys of the file to the domain, and back for who prints it. */
import { z } from "zod";
import { writeDuration } from "../domain/duration.ts";
import type { DrillPolicy } from "../domain/job.ts";
import { parseSchedule } from "./cron.ts";
import type { Finding } from "./problems.ts";
import { isMap, valueAt } from "./schema-walk.ts";
import { PositiveDuration, ScheduleText } from "./values.ts";

export const DrillOptions = z.strictObject({
  schedule: ScheduleText.optional(),
  maxAge: PositiveDuration.optional(),
});
type DrillOptions = z.infer<typeof DrillOptions>;

const MANUAL = "manual";

/** Kinds of sources whose points can be drilled. */
const DRILLED: readonly string[] = ["gce-disk"];

const NEVER: DrillPolicy = { schedule: undefined, maxAge: undefined };

/** What `defaults` say holds for the jobs that can be drilled. */
export function drillOf({ schedule, maxAge }: DrillOptions, kind: string, timezone: string): DrillPolicy {
  if (!DRILLED.includes(kind)) return NEVER;
  const isManual = schedule === undefined || schedule === MANUAL;
  return { schedule: isManual ? undefined : parseSchedule(schedule, timezone), maxAge };
}

/** As it stands in a file that says everything. */
export function drillForm({ schedule, maxAge }: DrillPolicy): Record<string, unknown> {
  return {
    schedule: schedule?.expression ?? MANUAL,
    ...(maxAge === undefined ? {} : { maxAge: writeDuration(maxAge) }),
  };
}

/** Who asks for drills of a job that never come would believe that its points are proven. */
export function undrillableJobs(config: unknown): Finding[] {
  const jobs = valueAt(config, ["jobs"]);
  return Object.keys(isMap(jobs) ? jobs : {}).flatMap((job): Finding[] => {
    const kind = valueAt(jobs, [job, "source", "kind"]);
    const schedule = valueAt(jobs, [job, "drill", "schedule"]);
    if (typeof kind !== "string" || DRILLED.includes(kind)) return [];
    if (schedule === undefined || schedule === MANUAL) return [];
    const message = `expected ${MANUAL}, for points of kind ${kind} cannot be drilled, got ${JSON.stringify(schedule)}`;
    return [{ path: ["jobs", job, "drill", "schedule"], message }];
  });
}
