/** Jobs whose points are snapshots of disks, and where those are: the cloud keeps them, by project and by who asks for them. */
import { HOUR } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { DiskSnapshotOptions } from "./schema.ts";

export interface SnapshotStoreConfig {
  /** As a store's is shown. */
  name: string;
  connection: SnapshotConnection;
}

export type SnapshotConnection = Pick<DiskSnapshotOptions, "project" | "keyFile" | "endpoint">;

const NAME = "gce";

/** One for each connection, in the order of the jobs. `taken` are the names of the stores of the file. */
export class SnapshotStores {
  readonly #taken: ReadonlySet<string>;
  readonly #stores: SnapshotStoreConfig[] = [];

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  get all(): readonly SnapshotStoreConfig[] {
    return this.#stores;
  }

  /** The name of the store that holds the job's points. */
  add({ project, keyFile, endpoint }: SnapshotConnection): string {
    const connection = { project, keyFile, endpoint };
    const known = this.#stores.find((store) => isSame(store.connection, connection));
    if (known !== undefined) return known.name;
    const name = this.#free(project === undefined ? NAME : `${NAME}-${project}`);
    this.#stores.push({ name, connection });
    return name;
  }

  #free(wanted: string): string {
    const isTaken = (name: string) =>
      this.#taken.has(name) || this.#stores.some((store) => store.name === name);
    let name = wanted;
    for (let count = 2; isTaken(name); count++) name = `${wanted}-${count}`;
    return name;
  }
}

/** A schedule of Google's runs daily, within an hour of its time. */
const OBSERVED_MAX_AGE = 26 * HOUR;

/** There is nothing of theirs to encrypt, to read again or to compare, and what Google's own schedule makes is Google's to prune. */
export function jobOfSnapshots(job: Job, source: DiskSnapshotOptions, stores: SnapshotStores): Job {
  const common: Job = {
    ...job,
    stores: [stores.add(source)],
    keepFor: {},
    prunedElsewhere: [],
    encryption: "off",
    full: undefined,
    verify: { ...job.verify, schedule: undefined },
    freeze: frozenOf(source),
  };
  if (source.observe === undefined) return common;
  const { maxAge = OBSERVED_MAX_AGE } = job.freshness;
  return {
    ...common,
    isObserved: true,
    schedule: undefined,
    retention: {},
    freshness: { ...job.freshness, maxAge },
  };
}

function frozenOf({ freeze, mount }: DiskSnapshotOptions): readonly string[] | undefined {
  if (freeze === true) return mount === undefined ? undefined : [mount];
  return freeze === undefined || freeze === false ? undefined : freeze;
}

export function isDiskSnapshots(source: { kind: string }): source is DiskSnapshotOptions {
  return source.kind === "gce-disk";
}

function isSame(a: SnapshotConnection, b: SnapshotConnection): boolean {
  return a.project === b.project && a.keyFile === b.keyFile && a.endpoint === b.endpoint;
}
