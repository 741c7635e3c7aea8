/** Jobs whose points are managed backups, and where those are: the vendor keeps them, by instance. */
import { HOUR } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { CLOUD_SQL } from "../domain/managed-backup.ts";
import type { CloudSqlOptions } from "../sources/cloud-sql/options.ts";

export interface ManagedStoreConfig {
  /** As a store's is shown. */
  name: string;
  connection: Pick<CloudSqlOptions, "project" | "instance" | "keyFile" | "endpoint">;
}

export function isManaged(source: { kind: string }): source is CloudSqlOptions {
  return source.kind === CLOUD_SQL;
}

/** One for each instance and identity, in the order of the jobs. `taken` are the names of other stores. */
export class ManagedStores {
  readonly #taken: Set<string>;
  readonly #stores = new Map<string, ManagedStoreConfig>();

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  get all(): readonly ManagedStoreConfig[] {
    return [...this.#stores.values()];
  }

  /** The name of the store that holds the job's points. */
  add({ project, instance, keyFile, endpoint }: CloudSqlOptions): string {
    const key = JSON.stringify([project, instance, keyFile, endpoint]);
    const known = this.#stores.get(key);
    if (known !== undefined) return known.name;
    let name = `${CLOUD_SQL}-${instance}`;
    for (let count = 2; this.#taken.has(name); count++) name = `${CLOUD_SQL}-${instance}-${count}`;
    this.#taken.add(name);
    this.#stores.set(key, { name, connection: { project, instance, keyFile, endpoint } });
    return name;
  }
}

/** Automated backups come daily, within a window of four hours. */
const OBSERVED_MAX_AGE = 30 * HOUR;

/** There is nothing of theirs to encrypt, to read again or to compare, and what the vendor's own schedule makes is the vendor's to prune. */
export function jobOfManaged(job: Job, source: CloudSqlOptions, stores: ManagedStores): Job {
  const common: Job = {
    ...job,
    ...{ stores: [stores.add(source)], keepFor: {}, prunedElsewhere: [], encryption: "off", full: undefined },
    verify: { ...job.verify, schedule: undefined },
  };
  if (!source.observe) return common;
  const { maxAge = OBSERVED_MAX_AGE } = job.freshness;
  return {
    ...common,
    ...{ isObserved: true, schedule: undefined, retention: {} },
    freshness: { ...job.freshness, maxAge },
  };
}
