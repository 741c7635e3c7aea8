/** One schedule of docker-volume-backup as jobs: one for each thing that is mounted below its sources, so that each can be restored by itself. */
import { basename } from "node:path/posix";
import { channelsOf } from "./offen-channels.ts";
import type { ComposeFile, ComposeService, Given } from "./compose-services.ts";
import type { Draft, Line } from "./draft.ts";
import type { OffenEnvironment } from "./offen-environment.ts";
import { setQuiesce, type SetLine } from "./offen-quiesce.ts";
import { globsOf } from "./offen-globs.ts";
import { lengthOf, scheduleOf } from "./offen-schedule.ts";
import { storesOf, type StoreDraft } from "./offen-stores.ts";

export interface Schedule {
  service: ComposeService;
  /** Of the service, or of the file in conf.d. */
  name: string;
  environment: OffenEnvironment;
}

interface Around {
  compose: ComposeFile;
  /** No other schedule is migrated: names need not tell it apart. */
  isOnly: boolean;
}

export function addJobs(draft: Draft, schedule: Schedule, around: Around): void {
  const { service, environment } = schedule;
  const stores = storesOf(environment, (path) => service.mounts.some(({ target }) => target === path));
  const names = stores.map((store) => addStore(draft, store, schedule.name));
  if (names.length === 0) draft.note(`${schedule.name} keeps nothing anywhere: give its jobs a store.`);
  for (const { name, values, from, notes } of channelsOf(environment)) {
    for (const note of notes) draft.note(note);
    for (const [key, value] of values) draft.set(["alerts", "channels", name, key], value, from);
  }
  const sources = environment.take("BACKUP_SOURCES");
  const root = sources?.value.replace(/(.)\/+$/, "$1") ?? "/backup";
  const below = service.mounts.map(({ target }) => target).filter((target) => target.startsWith(`${root}/`));
  const paths = below.length > 0 ? below : [root];
  const settings = settingsOf(draft, schedule, stores, names, around);
  for (const path of paths) {
    const job = nameOf(draft, path, schedule.name, around.isOnly);
    const mount = service.mounts.find(({ target }) => path === target || path.startsWith(`${target}/`));
    const from =
      mount === undefined
        ? (sources?.from ?? "its default")
        : `${service.name}: ${mount.source} is mounted there`;
    draft.set(["jobs", job, "source", "kind"], "volume", from);
    draft.set(["jobs", job, "source", "path"], path, from);
    for (const { path: below, value, from: origin } of settings)
      draft.set(["jobs", job, ...below], value, origin);
    setExcluded(draft, job, path, environment.take("BACKUP_EXCLUDE_REGEXP"));
  }
  if (below.length === 0)
    draft.note(
      `Nothing is mounted below ${root} of ${service.name}: job ${basename(root)} takes the whole directory.`,
    );
}

/** Its name in the config: two that differ have two. */
function addStore(draft: Draft, { name, values, notes }: StoreDraft, schedule: string): string {
  const standing = draft.lines.filter(({ path }) => path[0] === "stores" && path[1] === name);
  const isSame = values.every(([key, value]) =>
    standing.some((line) => line.path[2] === key && String(line.value) === String(value)),
  );
  const own = standing.length === 0 || isSame ? name : slug(`${name}-${schedule}`);
  for (const [key, value, from] of values) draft.set(["stores", own, key], value, from);
  for (const note of notes) draft.note(note);
  return own;
}

/** What all jobs of the schedule have in common. */
function settingsOf(
  draft: Draft,
  { environment, name }: Schedule,
  stores: readonly StoreDraft[],
  names: readonly string[],
  around: Around,
): Line[] {
  const settings: Line[] = [];
  const set = (path: string[], value: Line["value"] | undefined, from = "") => {
    if (value !== undefined) settings.push({ path, value, from });
  };
  const cron = environment.take("BACKUP_CRON_EXPRESSION");
  const schedule = scheduleOf(cron?.value ?? "@daily", environment.take("TZ")?.value ?? "UTC");
  if (schedule === undefined)
    draft.note(
      `BACKUP_CRON_EXPRESSION ${cron?.value ?? ""} (${cron?.from ?? ""}) cannot be said as cron fields: give the jobs of ${name} a schedule.`,
    );
  set(["schedule"], schedule ?? "manual", cron?.from ?? "its default");
  if (names.length > 0) set(["stores"], names, "its storages");
  setRetention(draft, environment, stores, names, set);
  setQuiesce(draft, { environment, name }, around.compose, set);
  return settings;
}

function setExcluded(draft: Draft, job: string, path: string, excluded: Given | undefined): void {
  if (excluded === undefined) return;
  // Compose makes one dollar of two.
  const globs = globsOf(
    excluded.value.replaceAll("$$", () => "$"),
    path,
  );
  if (globs === undefined)
    draft.note(
      `BACKUP_EXCLUDE_REGEXP ${excluded.value} (${excluded.from}): write it as globs under \`source.exclude\` of ${job}; until then nothing of it is excluded.`,
    );
  else if (globs.length > 0)
    draft.set(
      ["jobs", job, "source", "exclude"],
      globs,
      `${excluded.from}${excluded.value.endsWith("$") ? "; a directory of such a name goes with all that is in it" : ""}`,
    );
}

function setRetention(
  draft: Draft,
  environment: OffenEnvironment,
  stores: readonly StoreDraft[],
  names: readonly string[],
  set: SetLine,
): void {
  const days = environment.take("BACKUP_RETENTION_DAYS");
  const given =
    environment.take("BACKUP_RETENTION_PERIOD") ?? (days?.value.startsWith("-") === true ? undefined : days);
  const skipped =
    environment
      .take("BACKUP_SKIP_BACKENDS_FROM_PRUNE")
      ?.value.toLowerCase()
      .split(",")
      .map((name) => name.trim()) ?? [];
  if (given === undefined) return;
  const within = lengthOf(given.value);
  if (within === undefined) {
    draft.note(
      `${given.from} ${given.value}: give the jobs a retention (docs/retention.md); until then everything is kept.`,
    );
    return;
  }
  set(["retention", "within"], within, `${given.from}, counted from the newest point`);
  stores.forEach(({ backend }, at) => {
    if (skipped.includes(backend))
      set(["keepFor", names[at] ?? backend, "last"], -1, "BACKUP_SKIP_BACKENDS_FROM_PRUNE");
  });
}

function nameOf(draft: Draft, path: string, schedule: string, isOnly: boolean): string {
  const base = slug(isOnly ? basename(path) : `${schedule}-${basename(path)}`);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!draft.has(["jobs", name, "source", "kind"])) return name;
  }
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, "-")
      .replace(/^[_-]+/, "")
      .slice(0, 60) || "job"
  );
}
