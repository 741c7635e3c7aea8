/** Every metric: its name, its labels and what it means. docs/metrics.md says the same, and a test keeps it so. */

export const METRIC_PREFIX = "holdfast_";

export interface MetricDefinition {
  /** Without the prefix. */
  readonly name: string;
  /** Only labels of bounded values: names of the config, and words of ours. */
  readonly labels: readonly string[];
  readonly help: string;
}

/** Set anew from the stack's status at each scrape. */
export const STATUS_GAUGES = {
  jobInfo: {
    name: "job_info",
    labels: ["job", "kind", "schedule"],
    help: "1 for each configured job, with the kind of its source and its schedule.",
  },
  lastSuccess: {
    name: "job_last_success_timestamp_seconds",
    labels: ["job", "store"],
    help: "Start of the newest recovery point of the job in the store that did not fail its last proof: what the backup is as of.",
  },
  lastRun: {
    name: "job_last_run_timestamp_seconds",
    labels: ["job"],
    help: "Start of the job's last backup run, whatever its outcome.",
  },
  lastRunOutcome: {
    name: "job_last_run_outcome",
    labels: ["job", "outcome"],
    help: "1 for the outcome of the job's last backup run, 0 for the others.",
  },
  nextRun: {
    name: "job_next_run_timestamp_seconds",
    labels: ["job"],
    help: "When the job is due next.",
  },
  maxAge: {
    name: "job_max_age_seconds",
    labels: ["job"],
    help: "Age from which on the newest recovery point of the job is stale.",
  },
  rpo: {
    name: "job_rpo_seconds",
    labels: ["job"],
    help: "How much of the job would be lost now: the age of its newest recovery point in a store that answers.",
  },
  successRatio: {
    name: "job_success_ratio",
    labels: ["job"],
    help: "Share, from 0 to 1, of the job's backup runs of the last 30 days that made a recovery point, partial ones too.",
  },
  fresh: {
    name: "job_fresh",
    labels: ["job", "store"],
    help: "1 if the job's newest recovery point in the store is fresh; 0 if it is late, stale, missing or not known.",
  },
  pointSize: {
    name: "point_size_bytes",
    labels: ["job", "store"],
    help: "Stored size of the job's newest recovery point in the store.",
  },
  pointSource: {
    name: "point_source_bytes",
    labels: ["job"],
    help: "Content in the job's newest recovery point, before compression.",
  },
  pointFiles: {
    name: "point_files",
    labels: ["job"],
    help: "Files in the job's newest recovery point.",
  },
  databases: {
    name: "databases",
    labels: ["job", "kind", "state"],
    help: "Databases in the job's newest recovery point, by what their check found before they were archived.",
  },
  points: {
    name: "points",
    labels: ["job", "store"],
    help: "Recovery points of the job in the store.",
  },
  damagedPoints: {
    name: "damaged_points",
    labels: ["job", "store"],
    help: "Recovery points of the job in the store whose last proof failed.",
  },
  oldestPoint: {
    name: "oldest_point_timestamp_seconds",
    labels: ["job", "store"],
    help: "Start of the oldest recovery point of the job in the store: how far back a restore can go.",
  },
  lastVerified: {
    name: "verify_last_success_timestamp_seconds",
    labels: ["job", "store"],
    help: "When a recovery point of the job in the store last passed a verify of all of it, or a drill; a sample is none.",
  },
  drillLastSuccess: {
    name: "drill_last_success_timestamp_seconds",
    labels: ["job"],
    help: "When a drill of the job last passed.",
  },
  drillRestore: {
    name: "drill_restore_seconds",
    labels: ["job"],
    help: "The measured RTO: what the last drill that passed took, from the decision until its checks had passed.",
  },
  drillLastRun: {
    name: "drill_last_run_timestamp_seconds",
    labels: ["job"],
    help: "Start of the job's last drill, cancelled and skipped ones left out.",
  },
  drillLastOutcome: {
    name: "drill_last_run_outcome",
    labels: ["job", "outcome"],
    help: "1 for the outcome of the job's last drill, 0 for the others; of jobs that were drilled.",
  },
  drillDuration: {
    name: "drill_last_run_duration_seconds",
    labels: ["job"],
    help: "How long the job's last drill took, with what was cleared away afterwards.",
  },
  drillMaxAge: {
    name: "drill_max_age_seconds",
    labels: ["job"],
    help: "Age of the last drill that passed from which on another one is overdue.",
  },
  drillOverdue: {
    name: "drill_overdue",
    labels: ["job"],
    help: "1 if a drill of the job is overdue, else 0; of jobs that are to be drilled.",
  },
  gamedayLast: {
    name: "gameday_last_timestamp_seconds",
    labels: [],
    help: "End of the last game day.",
  },
  gamedayRestore: {
    name: "gameday_restore_seconds",
    labels: [],
    help: "What the recovery took on the last game day, people included: from the damage until somebody had seen that all is well.",
  },
  gamedayDue: {
    name: "gameday_due",
    labels: [],
    help: "1 if a game day is due, else 0; where one is asked for.",
  },
  storeUp: {
    name: "store_up",
    labels: ["store"],
    help: "1 if the store answered when it was last asked, else 0.",
  },
  storeFree: {
    name: "store_free_bytes",
    labels: ["store"],
    help: "Free space of the store, where the store knows it.",
  },
  storeTotal: {
    name: "store_total_bytes",
    labels: ["store"],
    help: "Size of the store, where the store knows it.",
  },
  storeLow: {
    name: "store_low_bytes",
    labels: ["store"],
    help: "Free space below which the store is running out of it, as `disk-low` tells; none where that is turned off.",
  },
  heldSince: {
    name: "services_held_since_timestamp_seconds",
    labels: ["job"],
    help: "Since when services are held for the job; no series while none are.",
  },
  unprotectedVolumes: {
    name: "unprotected_volumes",
    labels: [],
    help: "Named volumes of the stack that no job backs up and nobody excluded, where the engine can be asked.",
  },
  alerts: {
    name: "alerts_active",
    labels: ["job", "condition"],
    help: "Alerts that are firing now; those about a store, the state or the config have no job.",
  },
} as const satisfies Record<string, MetricDefinition>;

/** Of the config that is in effect. */
export const RELOAD_GAUGES = {
  success: {
    name: "config_reload_success",
    labels: [],
    help: "1 if the config, as it stands, is the one in effect, 0 if it was refused.",
  },
  at: {
    name: "config_last_reload_timestamp_seconds",
    labels: [],
    help: "When the config was last loaded and found good.",
  },
} as const satisfies Record<string, MetricDefinition>;

/** Counted as things happen, since this process started. */
export const COUNTERS = {
  runs: {
    name: "runs_total",
    labels: ["job", "operation", "outcome"],
    help: "Runs that ended, by outcome.",
  },
  databaseCaptures: {
    name: "database_captures_total",
    labels: ["job", "kind", "mode"],
    help: "Captures of live databases in volumes, by whether their writers were held.",
  },
  databaseChecks: {
    name: "database_checks_total",
    labels: ["job", "kind", "result"],
    help: "Checks of captured databases, by result; a damaged capture is thrown away and taken anew.",
  },
  copied: {
    name: "copied_points_total",
    labels: ["job", "store"],
    help: "Recovery points copied to the store from another one, because it had missed them.",
  },
  pruned: {
    name: "pruned_points_total",
    labels: ["job", "store"],
    help: "Recovery points removed by retention.",
  },
  notifications: {
    name: "notifications_total",
    labels: ["channel", "outcome"],
    help: "Attempts to deliver a notification: delivered, postponed to a later attempt, or dropped for good.",
  },
} as const satisfies Record<string, MetricDefinition>;

export const RUN_DURATION = {
  name: "run_duration_seconds",
  labels: ["job", "operation"],
  help: "How long runs took, skipped ones left out.",
} as const satisfies MetricDefinition;

export const INTERVENTION = {
  name: "intervention_seconds",
  labels: ["job"],
  help: "How long services were held, from the first that was paused or stopped to the last that ran again.",
} as const satisfies MetricDefinition;

export const BUILD_INFO = {
  name: "build_info",
  labels: ["version", "node"],
  help: "1, with the version of Holdfast and of Node.js.",
} as const satisfies MetricDefinition;
