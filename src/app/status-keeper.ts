/** Keeps what is known of the stores in memory, so that a status, a page or a scrape never has to list one. */
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogProblem } from "./catalog.ts";
import type { DiskLowLimits } from "./disk-low.ts";
import { readStatus, type HeldServices, type StackStatus } from "./read-status.ts";
import { within } from "./within.ts";
import { takeSnapshot, type StoreSnapshot } from "./store-snapshot.ts";

/** An engine that takes longer is taken for none. */
const LOOK_LIMIT = 10 * SECOND;

export interface StatusKeeperOptions {
  context: AppContext;
  jobs: readonly Job[];
  stores: readonly Store[];
  diskLow: DiskLowLimits;
  /** Why the state directory takes nothing at present. */
  stateError: () => string | undefined;
  /** Throws where nobody can tell. */
  unprotectedVolumes?: ((signal: AbortSignal) => Promise<readonly string[]>) | undefined;
  /** Why the config, as it stands, is not the one in effect. */
  configError?: () => string | undefined;
  /** What services are held for now. */
  held?: () => HeldServices | undefined;
  /** Time after which another game day is due; undefined: never. */
  gamedayEvery?: Milliseconds | undefined;
  isRunning: (job: string) => boolean;
  nextRunAt: (job: string) => Instant | undefined;
}

export class StatusKeeper {
  readonly #options: StatusKeeperOptions;
  readonly #snapshots = new Map<string, StoreSnapshot>();
  readonly #pointsOfJobs = new WeakMap<StoreSnapshot, ReadonlyMap<string, CatalogPoint[]>>();
  /** The last look at each store that was asked for, and those that have not begun. */
  readonly #refreshing = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();
  #unprotectedVolumes: readonly string[] | undefined;

  constructor(options: StatusKeeperOptions) {
    this.#options = options;
  }

  get jobs(): readonly Job[] {
    return this.#options.jobs;
  }

  /** Looks at the stores again; one that does not answer is noted as such and keeps what was seen of it. */
  async refresh(signal: AbortSignal, names?: readonly string[]): Promise<void> {
    const { stores } = this.#options;
    const chosen = names === undefined ? stores : stores.filter(({ name }) => names.includes(name));
    await Promise.all([
      ...chosen.map((store) => this.#refreshInTurn(store, signal)),
      ...(names === undefined ? [this.#lookAtVolumes(signal)] : []),
    ]);
  }

  status(): StackStatus {
    const { context, jobs, stores, diskLow, stateError, isRunning, nextRunAt } = this.#options;
    const { configError, held, gamedayEvery } = this.#options;
    return readStatus({
      ...{ jobs, stores, diskLow, isRunning, nextRunAt },
      stack: context.stack,
      version: context.tool.version,
      now: context.clock.now(),
      snapshots: stores.flatMap(({ name }) => this.#snapshots.get(name) ?? []),
      runs: context.state.runs,
      alerts: context.state.alerts.active(),
      stateError: stateError(),
      unprotectedVolumes: this.#unprotectedVolumes,
      silences: context.state.silences.all(),
      configError: configError?.(),
      held: held?.(),
      gamedayEvery,
    });
  }

  /** Of the job in every store, as last seen. */
  points(job: string): CatalogPoint[] {
    return [...this.#snapshots.values()].flatMap((snapshot) => this.#pointsIn(snapshot).get(job) ?? []);
  }

  /** Points that stand in a store but cannot be used, as last seen. */
  problems(): CatalogProblem[] {
    return [...this.#snapshots.values()].flatMap(({ problems }) => problems);
  }

  /** Grouped once for each look at a store: a page asks for the points of many jobs. */
  #pointsIn(snapshot: StoreSnapshot): ReadonlyMap<string, CatalogPoint[]> {
    const known = this.#pointsOfJobs.get(snapshot) ?? Map.groupBy(snapshot.points, ({ job }) => job);
    this.#pointsOfJobs.set(snapshot, known);
    return known;
  }

  /** One look at a store at a time; those who ask meanwhile share one that begins after it, for it must see what happened since. */
  #refreshInTurn(store: Store, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(store.name);
    if (waiting !== undefined) return waiting;
    const last = this.#refreshing.get(store.name) ?? Promise.resolve();
    const next = last
      .catch(() => undefined)
      .then(() => {
        this.#waiting.delete(store.name);
        return this.#look(store, signal);
      });
    this.#refreshing.set(store.name, next);
    this.#waiting.set(store.name, next);
    return next;
  }

  /** Without an engine nothing is known of volumes, and nothing else depends on it. `doctor` says what is wrong with it. */
  async #lookAtVolumes(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.context;
    const look = this.#options.unprotectedVolumes ?? (async () => undefined);
    const what = "Looking at the volumes of the stack";
    this.#unprotectedVolumes = await within({ clock, signal, what, limit: LOOK_LIMIT }, look).catch(
      () => undefined,
    );
  }

  async #look(store: Store, signal: AbortSignal): Promise<void> {
    const { catalog, clock, stack, hideSecrets } = this.#options.context;
    const snapshot = await takeSnapshot(
      { store, stack, catalog, clock, hideSecrets, signal },
      this.#snapshots.get(store.name),
    );
    this.#snapshots.set(store.name, snapshot);
  }
}
