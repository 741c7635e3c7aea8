/** Keys of every alert channel, whatever its kind: what it is told, and when. */
import { z } from "zod";
import { CONDITIONS } from "../domain/alerts.ts";
import { parseQuietHours, type ChannelRules } from "../domain/channel-rules.ts";
import { SCHEDULE_FORMS } from "./cron.ts";
import { JobName, ScheduleText, wholeNumber } from "./values.ts";

const QuietHours = z
  .string()
  .refine((text) => parseQuietHours(text) !== undefined)
  .meta({ expected: "hours of the day such as 22:00-07:00" });

export const OfEveryChannel = {
  severity: z.enum(["warning", "critical"]).meta({ expected: "warning or critical" }).optional(),
  jobs: z.array(JobName).min(1).meta({ expected: "a list of one or more names of jobs" }).optional(),
  conditions: z
    .array(
      z.enum(CONDITIONS).meta({ expected: `one of ${CONDITIONS.join(", ")}`, suggest: () => CONDITIONS }),
    )
    .min(1)
    .meta({ expected: "a list of one or more conditions" })
    .optional(),
  quiet: QuietHours.optional(),
  quietLets: z.enum(["critical", "nothing"]).meta({ expected: "critical or nothing" }).optional(),
  maxPerHour: wholeNumber(1, 1000, "a whole number from 1 to 1000").optional(),
  digest: z
    .strictObject({ schedule: ScheduleText.meta({ expected: SCHEDULE_FORMS }) })
    .meta({ expected: "a map with schedule" })
    .optional(),
};
type RuleKeys = { [K in keyof typeof OfEveryChannel]?: z.infer<(typeof OfEveryChannel)[K]> };

export function channelRules(keys: RuleKeys): ChannelRules {
  const { severity = "warning", jobs, conditions, quiet, quietLets = "critical", maxPerHour } = keys;
  const hours = quiet === undefined ? undefined : parseQuietHours(quiet);
  return { severity, jobs, conditions, quiet: hours && { ...hours, lets: quietLets }, maxPerHour };
}
