/** The schema of holdfast.yml: every key, its type and its default. Explained for people in docs/config.md. */
import { z } from "zod";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import { AlertmanagerOptions } from "../notifiers/alertmanager/options.ts";
import { DiscordOptions } from "../notifiers/discord/options.ts";
import { EmailOptions } from "../notifiers/email/options.ts";
import { GotifyOptions } from "../notifiers/gotify/options.ts";
import { NtfyOptions } from "../notifiers/ntfy/options.ts";
import { PagerdutyOptions } from "../notifiers/pagerduty/options.ts";
import { PingOptions } from "../notifiers/ping/options.ts";
import { SlackOptions } from "../notifiers/slack/options.ts";
import { TeamsOptions } from "../notifiers/teams/options.ts";
import { TelegramOptions } from "../notifiers/telegram/options.ts";
import { HttpHeaders, WebhookOptions } from "../notifiers/webhook/options.ts";
import { CloudSqlOptions } from "../sources/cloud-sql/options.ts";
import { CommandOptions } from "../sources/command/options.ts";
import { ContainerOptions } from "../sources/container/options.ts";
import { GceDiskOptions } from "../sources/gce-disk/options.ts";
import { MongodbOptions } from "../sources/mongodb/options.ts";
import { MysqlOptions } from "../sources/mysql/options.ts";
import { PostgresOptions } from "../sources/postgres/options.ts";
import { RedisOptions } from "../sources/redis/options.ts";
import { StackOptions } from "../sources/stack/options.ts";
import { VolumeOptions } from "../sources/volume/options.ts";
import { GceOptions } from "../snapshots/gce/options.ts";
import { GcsStoreOptions } from "../stores/gcs/options.ts";
import { LocalStoreOptions } from "../stores/local/options.ts";
import { RcloneStoreOptions } from "../stores/rclone/options.ts";
import { S3StoreOptions } from "../stores/s3/options.ts";
import { OfEveryChannel } from "./channel-rules.ts";
import { DrillOptions } from "./drill.ts";
import { GamedayOptions, GuardOptions, HttpOptions, MetricsOptions, LogOptions } from "./daemon-options.ts";
import { StackDrillOptions } from "./stack-drill.ts";
import { EncryptionOptions, NoEncryption } from "./encryption.ts";
import {
  AbsolutePath,
  BandwidthLimit,
  CalendarLength,
  Duration,
  FullText,
  JobName,
  Name,
  Pattern,
  Percent,
  PositiveDuration,
  ScheduleText,
  Share,
  Size,
  wholeNumber,
  Zone,
} from "./values.ts";

/** Of a store of any kind. */
const OfEveryStore = {
  limit: BandwidthLimit.optional(),
  /** Who applies the retention: this Holdfast, or one whose identity may delete. */
  pruning: z.enum(["here", "elsewhere"]).meta({ expected: "here or elsewhere" }).optional(),
};

export const StoreOptions = z.discriminatedUnion("kind", [
  LocalStoreOptions.safeExtend(OfEveryStore),
  GcsStoreOptions.safeExtend(OfEveryStore),
  S3StoreOptions.safeExtend(OfEveryStore),
  RcloneStoreOptions.safeExtend(OfEveryStore),
]);
export type StoreOptions = z.infer<typeof StoreOptions>;

const DiskSnapshotOptions = GceDiskOptions.safeExtend(GceOptions.shape);
export type DiskSnapshotOptions = z.infer<typeof DiskSnapshotOptions>;

const AnySourceOptions = z.discriminatedUnion("kind", [
  VolumeOptions,
  ContainerOptions,
  DiskSnapshotOptions,
  CloudSqlOptions,
  StackOptions,
  PostgresOptions,
  MysqlOptions,
  RedisOptions,
  MongodbOptions,
  CommandOptions,
]);
/** Of one job: a stack stands for several. */
export type SourceOptions = Exclude<z.infer<typeof AnySourceOptions>, StackOptions>;

function wantsNoDigest({ digest }: { digest?: unknown }): boolean {
  return digest === undefined;
}
const FOLLOWS_ALERTS = { path: ["digest"], message: "it follows alerts: choose a channel that people read" };

export const ChannelOptions = z.discriminatedUnion("kind", [
  SlackOptions.safeExtend(OfEveryChannel),
  DiscordOptions.safeExtend(OfEveryChannel),
  TeamsOptions.safeExtend(OfEveryChannel),
  TelegramOptions.safeExtend(OfEveryChannel),
  EmailOptions.safeExtend(OfEveryChannel),
  NtfyOptions.safeExtend(OfEveryChannel),
  GotifyOptions.safeExtend(OfEveryChannel),
  PagerdutyOptions.safeExtend(OfEveryChannel).refine(wantsNoDigest, FOLLOWS_ALERTS),
  AlertmanagerOptions.safeExtend(OfEveryChannel).refine(wantsNoDigest, FOLLOWS_ALERTS),
  WebhookOptions.safeExtend(OfEveryChannel),
]);
export type ChannelOptions = z.infer<typeof ChannelOptions>;

const Count = wholeNumber(-1, 1_000_000, "a whole number, 0 for none or -1 for ever");

export const RetentionOptions = z.strictObject({
  last: Count.optional(),
  hourly: Count.optional(),
  daily: Count.optional(),
  weekly: Count.optional(),
  monthly: Count.optional(),
  yearly: Count.optional(),
  within: CalendarLength.optional(),
  withinHourly: CalendarLength.optional(),
  withinDaily: CalendarLength.optional(),
  withinWeekly: CalendarLength.optional(),
  withinMonthly: CalendarLength.optional(),
  withinYearly: CalendarLength.optional(),
  minimum: wholeNumber(1, 1_000_000, "a whole number, 1 or more").optional(),
});
export type RetentionOptions = z.infer<typeof RetentionOptions>;

const PercentOrOff = z
  .union([z.literal(false), z.literal("off").transform(() => false as const), Percent])
  .meta({ expected: "a percentage from 0 to 99 such as 50%, or off" });

const FreshnessOptions = z.strictObject({
  maxAge: PositiveDuration.optional(),
  minSize: Size.optional(),
  maxDrop: PercentOrOff.optional(),
});

const RetryOptions = z.strictObject({
  attempts: wholeNumber(1, 100, "a whole number from 1 to 100").default(3),
  initialDelay: Duration.default(30 * SECOND),
  maxDelay: Duration.default(15 * MINUTE),
});

const VerifyOptions = z.strictObject({
  schedule: ScheduleText.optional(),
  sample: Share.default(0.1),
});

const Services = z
  .array(z.string().min(1).meta({ expected: "the name of a Compose service" }))
  .meta({ expected: "a list of Compose services" });

const ExecHookOptions = z.strictObject({
  service: z.string().min(1).meta({ expected: "the name of a Compose service" }),
  command: z
    .union([
      z
        .string()
        .min(1)
        .transform((text) => ["sh", "-c", text]),
      z.array(z.string()).min(1),
    ])
    .meta({ expected: "a command as a list, or as text for sh" }),
  user: z.string().min(1).optional(),
  env: z
    .record(z.string().regex(/^[^=\0]+$/), z.string().meta({ secret: "value" }))
    .meta({ secret: "value", expected: "a map of variables to text" })
    .default({}),
});

const HttpHookOptions = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "an https:// or http:// address" }),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
  headers: HttpHeaders.default({}),
  body: z.string().meta({ secret: "value", expected: "text" }).optional(),
});

const hooks = (onError: "fail" | "warn") =>
  z
    .array(
      z
        .strictObject({
          exec: ExecHookOptions.optional(),
          http: HttpHookOptions.optional(),
          timeout: PositiveDuration.default(MINUTE),
          onError: z.enum(["fail", "warn"]).default(onError),
        })
        .refine(({ exec, http }) => (exec === undefined) !== (http === undefined))
        .meta({ expected: "a hook with exec or with http" }),
    )
    .meta({ expected: "a list of hooks" })
    .default([]);

const QuiesceOptions = z
  .strictObject({
    pause: Services.optional(),
    stop: Services.optional(),
    stopTimeout: Duration.optional(),
    scope: z.enum(["databases", "whole"]).default("databases"),
    limit: PositiveDuration.default(10 * MINUTE),
    healthTimeout: Duration.default(2 * MINUTE),
    before: hooks("fail"),
    after: hooks("warn"),
  })
  .refine(({ pause, stop }) => !(pause?.length && stop?.length))
  .meta({ expected: "services to pause or services to stop, not both" });

const HttpCheckOptions = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ secret: "url", expected: "an https:// or http:// address" }),
  status: wholeNumber(100, 599, "a status of HTTP, such as 200").default(200),
});

const LogCheckOptions = z.strictObject({
  service: z.string().min(1).meta({ expected: "the name of a Compose service" }),
  pattern: Pattern.default("ERROR"),
});

const CheckOptions = z
  .strictObject({
    http: HttpCheckOptions.optional(),
    running: Services.min(1).optional(),
    noErrors: LogCheckOptions.optional(),
    timeout: PositiveDuration.default(2 * MINUTE),
  })
  .refine(
    ({ timeout: _, ...looks }) => Object.values(looks).filter((look) => look !== undefined).length === 1,
  )
  .meta({ expected: "a check with one of http, running and noErrors" });

const JobOptions = z.strictObject({
  source: AnySourceOptions,
  schedule: ScheduleText.optional(),
  timezone: Zone.optional(),
  stores: z.array(z.string()).min(1).meta({ expected: "a list of one or more names of stores" }).optional(),
  retention: RetentionOptions.prefault({}),
  keepFor: z.record(Name, RetentionOptions).meta({ expected: "a map of rules by store" }).default({}),
  freshness: FreshnessOptions.prefault({}),
  retry: RetryOptions.prefault({}),
  timeout: PositiveDuration.default(DAY),
  jitter: Duration.default(0),
  quiesce: QuiesceOptions.prefault({}),
  checks: z.array(CheckOptions).meta({ expected: "a list of checks" }).default([]),
  full: FullText.default("weekly"),
  recheck: Percent.default(1),
  verify: VerifyOptions.prefault({}),
  drill: DrillOptions.prefault({}),
  encryption: NoEncryption.optional(),
  ping: PingOptions.optional(),
});
export type JobOptions = z.infer<typeof JobOptions>;

const AlertOptions = z.strictObject({
  repeatEvery: PositiveDuration.default(6 * HOUR),
  channels: z.record(Name, ChannelOptions).default({}),
  diskLow: z.strictObject({ percent: Percent.optional(), bytes: Size.optional() }).prefault({}),
});

export const ConfigFile = z.strictObject({
  stack: Name.meta({ expected: "a name of up to 63 lowercase letters, digits, _ and -" }).optional(),
  timezone: Zone.default("UTC"),
  stores: z
    .record(Name, StoreOptions)
    .refine((stores) => Object.keys(stores).length > 0)
    .meta({ expected: "a map of one or more stores" })
    .optional(),
  encryption: EncryptionOptions.optional(),
  defaults: JobOptions.omit({ source: true }).partial().optional(),
  jobs: z
    .record(JobName, JobOptions)
    .refine((jobs) => Object.keys(jobs).length > 0)
    .meta({ expected: "a map of one or more jobs" })
    .optional(),
  alerts: AlertOptions.prefault({}),
  http: HttpOptions.prefault({}),
  metrics: MetricsOptions.prefault({}),
  guard: GuardOptions.prefault({}),
  drill: StackDrillOptions.prefault({}),
  keepConfig: z
    .union([z.boolean(), z.literal("off").transform(() => false)])
    .meta({ expected: "true or off" })
    .default(true),
  gameday: GamedayOptions.prefault({}),
  state: AbsolutePath.optional(),
  scratch: AbsolutePath.optional(),
  concurrency: wholeNumber(1, 64, "a whole number from 1 to 64").default(1),
  lockWait: Duration.default(10 * MINUTE),
  log: LogOptions.prefault({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
