/** Wires the program together: the only place that knows which adapters there are. */
import { CONFIG_JOB } from "../domain/config-job.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { parseRateLimit, rateAt, type RateText } from "../domain/rate-limit.ts";
import type { TellEvent } from "../domain/stack-event.ts";
import { minuteOfDay } from "../domain/zoned-calendar.ts";
import { auditHolds } from "../app/audit-holds.ts";
import { Catalog } from "../app/catalog.ts";
import type { AppContext } from "../app/app-context.ts";
import { HeldLocks } from "../app/held-locks.ts";
import { observeAll } from "../app/observe-all.ts";
import { OneOffRunner } from "../app/one-off/one-off-runner.ts";
import type { DiskSwapper } from "../app/disk-swap/disk-swapper.ts";
import { Hooks } from "../app/interventions/run-hooks.ts";
import { ServiceHolder } from "../app/interventions/service-holder.ts";
import type { StackRestorer } from "../app/restore-in-stack/stack-restorer.ts";
import { StackLocks } from "../app/stack-lock.ts";
import { directoryOf, type ConfiguredJob, type LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import { createHttpCaller } from "../hooks/http-caller.ts";
import { createRedactor } from "../observability/redactor.ts";
import { systemProcessTable } from "../observability/process-identity.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import type { CopyEngine } from "../ports/copy-engine.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { OneOffs } from "../ports/one-off.ts";
import type { RecoveryLog } from "../ports/recovery-log.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import { openIndexCache } from "../state/index-cache.ts";
import { openTextCache } from "../state/text-cache.ts";
import { openInterventionJournal } from "../state/intervention-journal.ts";
import { probeDirectory } from "../state/probe-directory.ts";
import { openRecoveryLog } from "../state/recovery-files.ts";
import { openMemoryState, openSqliteState } from "../state/sqlite-state.ts";
import { withMemory, type EnduringState } from "../state/with-memory.ts";
import { withLimit } from "../stores/with-limit.ts";
import { withRetry } from "../stores/with-retry.ts";
import { wireConfigJob, type ConfigJob } from "./compose-config-job.ts";
import { createEncryption, createKeyring, NO_KEYS, type GivenKeys } from "./compose-encryption.ts";
import { createFreezer } from "./compose-freeze.ts";
import { createGuard } from "./compose-guard.ts";
import {
  createCopyEngine,
  createDumpRestorer,
  createRuntime,
  createSource,
  createStore,
  type StoreSurroundings,
} from "./compose-adapters.ts";
import { createNotifiers, createPinger } from "./compose-notifiers.ts";
import { createDiskSwapper } from "./compose-disk-swap.ts";
import { createRestorer } from "./compose-restorer.ts";
import { createManagedPlaces, type ManagedPlace } from "./compose-managed.ts";
import { createSnapshotPlaces, type SnapshotPlace } from "./compose-snapshots.ts";
import { settledSource, sourceSettler, type SettleSource } from "./settle-source.ts";
import { lookAtVolumes, unprotectedVolumes } from "./stack-volumes.ts";
import { vanishedSource } from "./vanished-source.ts";

/** A job with all that a run of it needs. */
export interface WiredJob {
  job: Job;
  source: Source;
  /** Gives its dumps back to their server; undefined where its points are none, or cannot be given back. */
  dumps: DumpRestorer | undefined;
  /** Ends what a killed restore in place left in the source. A capture does it itself. */
  settle: SettleSource;
  /** The job's own stores, in its order: also the order of preference when restoring. */
  stores: readonly Store[];
}

export interface Stack {
  config: LoadedConfig;
  context: AppContext;
  /** That of the context. */
  state: EnduringState;
  stores: readonly Store[];
  jobs: readonly WiredJob[];
  /** Of the config itself; undefined where no store can keep it. */
  configJob: ConfigJob | undefined;
  notifiers: readonly Notifier[];
  runtime: ContainerRuntime;
  /** Makes copies of the stack. */
  copies: CopyEngine;
  oneOffs: OneOffs;
  /** By the names of their stores. */
  snapshotPlaces: ReadonlyMap<string, SnapshotPlace>;
  /** Likewise, of points that are managed backups. */
  managedPlaces: ReadonlyMap<string, ManagedPlace>;
  /** Named volumes of the stack that no job backs up. Throws where no engine can be asked. */
  unprotectedVolumes(signal: AbortSignal): Promise<string[]>;
  /** The recovery under way, and reports of those before. */
  recoveries: RecoveryLog;
  /** For sources that other containers use. */
  restorer: StackRestorer;
  /** For disks that services of this machine use. */
  diskSwapper: DiskSwapper;
  /** One of the config. Throws `usage` naming the jobs there are, and those that only a store knows where they are given. */
  job(name: string, others?: readonly string[]): WiredJob;
  /** Throws `usage` naming the stores there are. */
  store(name: string): Store;
  /** Resolves once whoever expects to hear of runs has been told, or a few seconds have passed. */
  settled(): Promise<void>;
  /** Throws what keeps the state directory from being used. */
  inspectState(): void;
  close(): void;
}

export interface ComposeOptions {
  config: LoadedConfig;
  tool: { name: string; version: string };
  actor: string;
  observers: readonly RunObserver[];
  /** Told what is no run's: taken-over locks, a state that was begun anew. */
  onEvent: TellEvent;
  /** Given to this command; the config may name more. */
  keys?: GivenKeys;
  /**
   * What to do when the state directory cannot be used: a restore on a bare machine goes on without history, a daemon
   * would lose its alerts and does not start.
   */
  stateIs: "required" | "optional";
}

function limited(store: Store, text: RateText | undefined, { timezone }: LoadedConfig): Store {
  if (text === undefined) return store;
  const limit = parseRateLimit(text);
  return withLimit(store, { clock: systemClock, rateAt: (now) => rateAt(limit, minuteOfDay(timezone, now)) });
}

async function openStores(config: LoadedConfig, around: StoreSurroundings): Promise<Store[]> {
  return Promise.all(
    config.stores.map(async ({ name, options: of }) =>
      withRetry(limited(await createStore(name, of, around), of.limit, config), around),
    ),
  );
}

export async function composeStack(options: ComposeOptions): Promise<Stack> {
  const { config, tool, actor, observers, onEvent, keys = NO_KEYS } = options;
  const around = { clock: systemClock, random: Math.random, processes: systemProcessTable() };
  const { clock, random, processes } = around;
  const redactor = createRedactor(collectSecrets(config));
  const hideSecrets = (text: string) => redactor.text(text);
  const snapshotPlaces = createSnapshotPlaces(config, { ...around, tool });
  const managedPlaces = createManagedPlaces(config, { ...around, tool });
  const ofClouds = [...snapshotPlaces.values(), ...managedPlaces.values()].map(({ store }) => store);
  const stores = [...(await openStores(config, around)), ...ofClouds];
  const { state, failure } = openState(options);
  const journal = openInterventionJournal(config.stateDirectory);
  const runtime = createRuntime(config.engine);
  const oneOffs = new OneOffRunner({ runtime, clock, onEvent, stack: config.stack });
  const http = createHttpCaller();
  const restorer = createRestorer(config, { runtime, clock, http, onEvent });
  const locks = new StackLocks({ clock, processes, random });
  const parts = { stores, processes, runtime, oneOffs, snapshotPlaces, managedPlaces };
  const jobs = await Promise.all(config.jobs.map((configured) => wireJob(configured, options, parts)));
  const onTrouble = (text: string) => onEvent({ kind: "trouble", text });
  const pinger = createPinger(config, { clock, onTrouble });
  const configJob = wireConfigJob(config, { stores, runtime });
  const recoveries = openRecoveryLog(config.stateDirectory);
  return {
    ...{ config, state, stores, jobs, configJob, runtime, oneOffs, restorer, snapshotPlaces, managedPlaces },
    ...openMakers(config, { runtime, oneOffs, clock, http }),
    notifiers: await createNotifiers(config, { clock, notes: state.notes }, hideSecrets),
    context: {
      ...{ tool, actor, clock, random, state, processes, runtime, recoveries, hideSecrets },
      ...{ stack: config.stack, drillLimits: config.stackDrill.limits },
      indexes: openIndexCache(config.stateDirectory),
      encryption: createEncryption(config.encryption),
      keys: createKeyring(config.encryption, keys),
      services: new ServiceHolder({
        ...{ runtime, journal, processes, clock, onEvent },
        project: config.project,
        guard: createGuard(config, { runtime, clock, onEvent }),
        endWork: (intervention) => restorer.endWork(intervention),
      }),
      freezer: createFreezer({ runtime, clock, stack: config.stack, stateDirectory: config.stateDirectory }),
      hooks: new Hooks({ runtime, clock, http, project: config.stack }),
      catalog: new Catalog(openTextCache(config.stateDirectory)),
      locks: new HeldLocks({ locks, stack: config.stack, wait: config.lockWait, onEvent }),
      observer: observeAll([...observers, pinger, auditHolds({ ...state, actor, clock, onTrouble })]),
    },
    job: (name, others = []) => jobNamed(name === CONFIG_JOB ? [configJob] : jobs, name, others),
    store: (name) => named(stores, name, "store"),
    recoveries,
    unprotectedVolumes: async (signal) =>
      unprotectedVolumes(config, await lookAtVolumes(runtime, config, signal)),
    inspectState() {
      if (failure !== undefined) throw failure;
      probeDirectory(config.stateDirectory);
    },
    settled: () => pinger.settled(),
    close: () => state.close(),
  };
}

/** What changes more than a source. */
function openMakers(
  { engine, stack }: LoadedConfig,
  around: Omit<Parameters<typeof createDiskSwapper>[0], "stack">,
): Pick<Stack, "copies" | "diskSwapper"> {
  return { copies: createCopyEngine(engine), diskSwapper: createDiskSwapper({ ...around, stack }) };
}

function jobNamed(
  jobs: readonly (WiredJob | undefined)[],
  name: string,
  others: readonly string[],
): WiredJob {
  const known = jobs.flatMap((wired) => (wired === undefined ? [] : { ...wired, name: wired.job.name }));
  return named(known, name, "job", others);
}

interface JobParts {
  stores: readonly Store[];
  processes: ProcessTable;
  runtime: ContainerRuntime;
  oneOffs: OneOffs;
  snapshotPlaces: ReadonlyMap<string, SnapshotPlace>;
  managedPlaces: ReadonlyMap<string, ManagedPlace>;
}

async function wireJob(
  { job, source: of, isVanished }: ConfiguredJob,
  { config, onEvent }: ComposeOptions,
  { stores, processes, runtime, oneOffs, snapshotPlaces, managedPlaces }: JobParts,
): Promise<WiredJob> {
  const others = config.jobs.flatMap(({ source }) => directoryOf(source) ?? []);
  const settler = (path: string) => sourceSettler(path, { others, processes });
  const source = await createSource(of, {
    ...{ job: job.name, project: config.project, runtime, oneOffs, processes },
    ...{ clock: systemClock, random: Math.random, scratch: config.scratchDirectory },
    snapshots: snapshotPlaces.get(job.stores[0] ?? "")?.provider,
    managed: managedPlaces.get(job.stores[0] ?? "")?.backups,
    settled: (captured, path) => settledSource(captured, settler(path), onEvent),
  });
  const directory = directoryOf(of);
  const volume = of.kind === "volume" ? of.volume : undefined;
  return {
    job,
    dumps: await createDumpRestorer(of, {
      ...{ runtime, clock: systemClock, project: config.project, job: job.name },
    }),
    // Where a named volume is, is known only when it is captured: it is settled then.
    settle: directory === undefined ? async () => [] : settler(directory),
    source:
      isVanished === true ? vanishedSource(source, { job: job.name, stack: config.stack, volume }) : source,
    stores: job.stores.map((name) => named(stores, name, "store")),
  };
}

interface OpenedState {
  state: EnduringState;
  /** Why it is one in memory only. */
  failure: Error | undefined;
}

function openState({ config, onEvent, stateIs }: ComposeOptions): OpenedState {
  const onTrouble = (text: string) => onEvent({ kind: "trouble", text });
  try {
    const state = openSqliteState({
      directory: config.stateDirectory,
      clock: systemClock,
      onWarning: (text) => onEvent({ kind: "cleaned", text }),
    });
    return { state: withMemory(state, { onEvent: onTrouble }), failure: undefined };
  } catch (error) {
    if (stateIs === "required") throw error;
    const failure = asError(error);
    onTrouble(`Nothing of this will be in the history: ${failure.message}`);
    return { state: withMemory(openMemoryState(), { onEvent: onTrouble }), failure };
  }
}

function named<T extends { name: string }>(
  all: readonly T[],
  name: string,
  what: "job" | "store",
  others: readonly string[] = [],
): T {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = [...new Set([...all.map((one) => one.name), ...others])];
  throw new HoldfastError("usage", {
    what: `Finding ${what} ${name}`,
    why: `there is no such ${what}`,
    next: known.length === 0 ? `there is no ${what} at all` : `name one of: ${known.join(", ")}`,
  });
}
