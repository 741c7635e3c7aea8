/** The job of the config itself: what no config says of it. */
import { CONFIG_JOB } from "../domain/config-job.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { parseSchedule } from "./cron.ts";
import { NO_DRILLS } from "./drill.ts";
import type { LoadedConfig } from "./loaded-config.ts";

/** Before the hour at which most others run. */
const DAILY = "17 1 * * *";

/** Undefined where nobody wants it, or there is no store that keeps files. */
export function configJobOf({ stores, timezone, keepsConfig, stackDrill }: LoadedConfig): Job | undefined {
  if (!keepsConfig || stores.length === 0) return undefined;
  return {
    name: CONFIG_JOB,
    sourceKind: "config",
    schedule: parseSchedule(DAILY, timezone),
    timezone,
    stores: stores.map(({ name }) => name),
    retention: { last: 5, daily: 14, weekly: 8, monthly: 12 },
    keepFor: {},
    prunedElsewhere: stores.flatMap(({ name, options }) => (options.pruning === "elsewhere" ? [name] : [])),
    freshness: { maxAge: undefined, minSize: undefined },
    retry: { attempts: 3, initialDelay: 30 * SECOND, maxDelay: 5 * MINUTE },
    timeout: 10 * MINUTE,
    jitter: 0,
    full: undefined,
    quiesce: undefined,
    afterRestore: { healthLimit: 2 * MINUTE, checks: [] },
    recheck: 0,
    verify: { schedule: undefined, share: 1 },
    // What is in it is the stack: a drill of it is one of that.
    drill: { ...NO_DRILLS, schedule: stackDrill.schedule, maxAge: stackDrill.maxAge },
  };
}
