/** The one place that prints a config, and it redacts. What it prints is a config file that says everything. */
import { stringify } from "yaml";
import { writeCalendarDuration } from "../domain/calendar-duration.ts";
import { writeDuration } from "../domain/duration.ts";
import type { Job } from "../domain/job.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import { formatShare } from "../domain/share.ts";
import { writeSize } from "../domain/size.ts";
import type { ConfiguredJob, LoadedConfig, StackJob } from "./loaded-config.ts";
import { checkForm } from "./checks.ts";
import { drillForm } from "./drill.ts";
import { stackDrillForm } from "./stack-drill.ts";
import { isManaged } from "./managed-stores.ts";
import { isDiskSnapshots } from "./snapshot-stores.ts";
import { quiesceForm } from "./quiesce.ts";
import { ConfigFile } from "./schema.ts";
import { masked, secretsIn } from "./secrets.ts";
import type { ListenAddress } from "./values.ts";

/** For `--json` and for the API: plain values under the keys of holdfast.yml, every secret masked. */
export function redactedConfig(config: LoadedConfig): Record<string, unknown> {
  return masked(inFileForm(config), ConfigFile) as Record<string, unknown>;
}

/** The same as YAML. */
export function printConfig(config: LoadedConfig): string {
  return stringify(redactedConfig(config), { lineWidth: 0 });
}

/** Every secret value, for the wall of the log. */
export function collectSecrets(config: LoadedConfig): string[] {
  return secretsIn(inFileForm(config), ConfigFile);
}

function inFileForm(config: LoadedConfig): Record<string, unknown> {
  const { alerts, http } = config;
  return given({
    stack: config.stack,
    timezone: config.timezone,
    stores: config.stores.length === 0 ? undefined : byName(config.stores),
    encryption: config.encryption,
    jobs: Object.fromEntries(
      [...config.jobs, ...config.stackJobs].map((configured) => [configured.job.name, jobForm(configured)]),
    ),
    alerts: {
      repeatEvery: writeDuration(alerts.repeatEvery),
      channels: byName(alerts.channels),
      diskLow: given({ percent: alerts.diskLow.percent, bytes: written(alerts.diskLow.bytes, writeSize) }),
    },
    http: given({ listen: http.listen === false ? false : addressText(http.listen), token: http.token }),
    metrics: config.metrics.pushgateway === undefined ? undefined : config.metrics,
    guard: config.guard === false ? "off" : { after: writeDuration(config.guard.after) },
    drill: stackDrillForm(config.stackDrill),
    keepConfig: config.keepsConfig,
    gameday: { every: config.gameday.every === undefined ? "off" : writeDuration(config.gameday.every) },
    state: config.stateDirectory,
    scratch: config.scratchDirectory,
    concurrency: config.concurrency,
    lockWait: writeDuration(config.lockWait),
    log: config.log,
  });
}

function jobForm({ job, source }: ConfiguredJob | StackJob): Record<string, unknown> {
  const { freshness, retry } = job;
  const { healthLimit, checks } = job.afterRestore;
  return {
    source,
    schedule: job.schedule?.expression ?? "manual",
    timezone: job.timezone,
    // Where a cloud keeps the points, that follows from the source.
    ...(isKeptByCloud(source) ? {} : { stores: job.stores }),
    retention: retentionForm(job.retention),
    ...keepForForm(job.keepFor),
    freshness: given({
      maxAge: written(freshness.maxAge, writeDuration),
      minSize: written(freshness.minSize, writeSize),
      maxDrop: freshness.maxDrop === undefined ? "off" : percentText(freshness.maxDrop),
    }),
    retry: {
      attempts: retry.attempts,
      initialDelay: writeDuration(retry.initialDelay),
      maxDelay: writeDuration(retry.maxDelay),
    },
    timeout: writeDuration(job.timeout),
    jitter: writeDuration(job.jitter),
    quiesce:
      job.quiesce === undefined ? { healthTimeout: writeDuration(healthLimit) } : quiesceForm(job.quiesce),
    ...(checks.length === 0 ? {} : { checks: checks.map(checkForm) }),
    ...(job.encryption === undefined || isKeptByCloud(source) ? {} : { encryption: job.encryption }),
    full: job.full?.expression ?? "always",
    verify: { schedule: job.verify.schedule?.expression ?? "manual", sample: formatShare(job.verify.share) },
    drill: drillForm(job.drill),
    recheck: percentText(job.recheck),
    ...(job.ping === undefined ? {} : { ping: job.ping }),
  };
}

function isKeptByCloud(source: { kind: string }): boolean {
  return isDiskSnapshots(source) || isManaged(source);
}

function percentText(share: number): string {
  return `${Number((share * 100).toFixed(6))}%`;
}

function keepForForm(keepFor: Job["keepFor"]): Record<string, unknown> {
  const stores = Object.entries(keepFor).map(([store, policy]) => [store, retentionForm(policy)] as const);
  return stores.length === 0 ? {} : { keepFor: Object.fromEntries(stores) };
}

function retentionForm(policy: RetentionPolicy): Record<string, unknown> {
  const rules = Object.entries(policy) as [string, RetentionPolicy[keyof RetentionPolicy]][];
  return Object.fromEntries(
    rules.map(([rule, value]) => [rule, typeof value === "object" ? writeCalendarDuration(value) : value]),
  );
}

function addressText({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function byName(entries: readonly { name: string; options: unknown }[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(({ name, options }) => [name, options]));
}

function written(value: number | undefined, write: (value: number) => string): string | undefined {
  return value === undefined ? undefined : write(value);
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
