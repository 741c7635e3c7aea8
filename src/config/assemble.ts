/** Puts the checked values of a config file and the settings of its surroundings together into what the program takes. */
import type { Job } from "../domain/job.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import { parseSchedule } from "./cron.ts";
import type { LoadedConfig } from "./loaded-config.ts";
import { channelRules } from "./channel-rules.ts";
import { checksOf } from "./checks.ts";
import { drillOf } from "./drill.ts";
import { stackDrillOf } from "./stack-drill.ts";
import { isManaged, jobOfManaged, ManagedStores } from "./managed-stores.ts";
import { quiesceOf } from "./quiesce.ts";
import { DEFAULT_STORE } from "./references.ts";
import type { ConfigFile, JobOptions, RetentionOptions, StoreOptions } from "./schema.ts";
import { isDiskSnapshots, jobOfSnapshots, SnapshotStores } from "./snapshot-stores.ts";
import type { Settings } from "./settings.ts";

/** What a stack is called that nothing names. */
const UNNAMED = "default";

export function assemble(file: ConfigFile, settings: Settings, origin: string): LoadedConfig {
  const jobsOfFile = Object.entries(file.jobs ?? {});
  const keptByClouds =
    jobsOfFile.length > 0 &&
    jobsOfFile.every(([, { source }]) => isDiskSnapshots(source) || isManaged(source));
  const byDefault = { [DEFAULT_STORE]: { kind: "local" as const, path: settings.archive } };
  const stores: Readonly<Record<string, StoreOptions>> = file.stores ?? (keptByClouds ? {} : byDefault);
  const named = file.stack ?? settings.stack;
  const stack = named ?? UNNAMED;
  const snapshotStores = new SnapshotStores(Object.keys(stores));
  const managedStores = new ManagedStores(Object.keys(stores));
  const all = jobsOfFile.map(([name, options]) => {
    const { job, source } = assembleJob(name, options, file.timezone, stores);
    if (isDiskSnapshots(source)) return { source, job: jobOfSnapshots(job, source, snapshotStores) };
    return { source, job: isManaged(source) ? jobOfManaged(job, source, managedStores) : job };
  });
  const { percent, bytes } = file.alerts.diskLow;
  const stateDirectory = settings.state ?? file.state ?? settings.defaultState;
  return {
    stack,
    isNamed: named !== undefined,
    project: settings.project ?? stack,
    timezone: file.timezone,
    isDiscovered: false,
    stores: byName(stores),
    snapshotStores: snapshotStores.all,
    managedStores: managedStores.all,
    jobs: all.flatMap(({ job, source }) => (source.kind === "stack" ? [] : [{ job, source }])),
    stackJobs: all.flatMap(({ job, source }) => (source.kind === "stack" ? [{ job, source }] : [])),
    encryption: file.encryption,
    alerts: {
      repeatEvery: file.alerts.repeatEvery,
      channels: byName(file.alerts.channels).map((channel) => ({
        ...channel,
        rules: channelRules(channel.options),
        digest: scheduleOf(channel.options.digest?.schedule, file.timezone),
      })),
      diskLow: given({ percent, bytes }),
    },
    http: { listen: file.http.listen, token: file.http.token },
    metrics: file.metrics,
    guard: file.guard,
    stackDrill: stackDrillOf(file.drill, file.timezone),
    keepsConfig: file.keepConfig,
    gameday: { every: file.gameday.every === "off" ? undefined : file.gameday.every },
    engine: settings.engine,
    stateDirectory,
    scratchDirectory: file.scratch ?? `${stateDirectory}/scratch`,
    concurrency: file.concurrency,
    lockWait: file.lockWait,
    log: file.log,
    origin,
    configFile: settings.config.named ? settings.config.path : undefined,
  };
}

function byName<T>(record: Readonly<Record<string, T>>): { name: string; options: T }[] {
  return Object.entries(record).map(([name, options]) => ({ name, options }));
}

function assembleJob(
  name: string,
  options: JobOptions,
  stackTimezone: string,
  stores: Readonly<Record<string, StoreOptions>>,
): { job: Job; source: JobOptions["source"] } {
  const { source, schedule, timezone = stackTimezone } = options;
  return {
    job: {
      name,
      sourceKind: source.kind,
      schedule: scheduleOf(schedule, timezone),
      timezone,
      stores: options.stores ?? Object.keys(stores),
      retention: retentionOf(options.retention),
      keepFor: Object.fromEntries(
        Object.entries(options.keepFor).map(([store, rules]) => [store, retentionOf(rules)]),
      ),
      prunedElsewhere: Object.keys(stores).filter((store) => stores[store]?.pruning === "elsewhere"),
      freshness: freshnessOf(options),
      retry: options.retry,
      timeout: options.timeout,
      jitter: options.jitter,
      quiesce: quiesceOf(options.quiesce),
      afterRestore: { healthLimit: options.quiesce.healthTimeout, checks: checksOf(options.checks) },
      full: isIncremental(source.kind) ? fullsOf(options.full, timezone) : undefined,
      recheck: options.recheck / 100,
      encryption: options.encryption,
      ping: options.ping,
      verify: { schedule: scheduleOf(options.verify.schedule, timezone), share: options.verify.sample },
      drill: drillOf(options.drill, source.kind, timezone),
    },
    source,
  };
}

/** Of a dump, in percent: a database that lost half of what it had is worth a look. */
const DUMPS_MAX_DROP = 50;

function freshnessOf({ source, freshness }: JobOptions): Job["freshness"] {
  const { maxAge, minSize, maxDrop = isDump(source.kind) ? DUMPS_MAX_DROP : false } = freshness;
  return { maxAge, minSize, maxDrop: maxDrop === false ? undefined : maxDrop / 100 };
}

function isDump(kind: JobOptions["source"]["kind"]): boolean {
  return kind === "postgres" || kind === "command";
}

/** Points of all others are full, whatever is asked for. */
function isIncremental(kind: JobOptions["source"]["kind"]): boolean {
  return kind === "volume" || kind === "stack";
}

function scheduleOf(text: string | undefined, timezone: string): Schedule | undefined {
  return text === undefined || text === "manual" ? undefined : parseSchedule(text, timezone);
}

/** Monday, 00:00. */
const WEEKLY = "0 0 * * 1";

function fullsOf(text: string, timezone: string): Schedule | undefined {
  if (text === "always") return undefined;
  return text === "weekly"
    ? { ...parseSchedule(WEEKLY, timezone), expression: text }
    : parseSchedule(text, timezone);
}

function retentionOf(rules: RetentionOptions): RetentionPolicy {
  return given(rules);
}

/** Only the keys that hold something: in the domain an absent rule is an absent key. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
