/** The drills of the whole stack: from the keys of the file to the domain, and back for who prints it. */
import { z } from "zod";
import { writeDuration } from "../domain/duration.ts";
import type { StackDrillPolicy } from "../domain/stack-drill.ts";
import { writeSize } from "../domain/size.ts";
import { parseSchedule } from "./cron.ts";
import { PositiveDuration, ScheduleText, Size } from "./values.ts";

export const StackDrillOptions = z.strictObject({
  schedule: ScheduleText.optional(),
  maxAge: PositiveDuration.optional(),
  limits: z
    .strictObject({
      cpus: z.coerce
        .number()
        .positive()
        .max(1024)
        .meta({ expected: "a number of processors above zero such as 1.5" })
        .optional(),
      memory: Size.optional(),
    })
    .prefault({}),
});
type StackDrillOptions = z.infer<typeof StackDrillOptions>;

const MANUAL = "manual";

export function stackDrillOf(
  { schedule = MANUAL, maxAge, limits }: StackDrillOptions,
  timezone: string,
): StackDrillPolicy {
  return {
    schedule: schedule === MANUAL ? undefined : parseSchedule(schedule, timezone),
    ...{ maxAge, limits },
  };
}

/** As it stands in a file that says everything. */
export function stackDrillForm({ schedule, maxAge, limits }: StackDrillPolicy): Record<string, unknown> {
  const { cpus, memory } = limits;
  return {
    schedule: schedule?.expression ?? MANUAL,
    ...(maxAge === undefined ? {} : { maxAge: writeDuration(maxAge) }),
    ...(cpus === undefined && memory === undefined
      ? {}
      : {
          limits: {
            ...(cpus === undefined ? {} : { cpus }),
            ...(memory === undefined ? {} : { memory: writeSize(memory) }),
          },
        }),
  };
}
