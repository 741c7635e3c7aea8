/** A stack in a temporary directory: sources, stores, state and config. Knows no test runner, so that the torture uses it, too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { stringify } from "yaml";

/** As in holdfast.yml, but for what every test would write the same. */
export interface StackConfig {
  /** Names of local stores; default `local`. */
  stores?: readonly string[];
  /** Stores of other kinds, by name, with their options. */
  otherStores?: Record<string, object>;
  /** By name; each without its source is the volume `source/<name>`. Default: one, `data`. */
  jobs?: Record<string, Record<string, unknown>>;
  [key: string]: unknown;
}

export class StackOnDisk {
  readonly root = mkdtempSync(join(tmpdir(), "holdfast-"));
  readonly configPath = this.path("holdfast.yml");
  readonly statePath = this.path("state");

  constructor(config: StackConfig = {}) {
    this.configure(config);
  }

  /** Writes the config, and makes the directories of its stores and sources. */
  configure({ stores = ["local"], otherStores = {}, jobs = { data: {} }, ...rest }: StackConfig): void {
    for (const store of stores) mkdirSync(this.store(store), { recursive: true });
    for (const job of Object.keys(jobs)) mkdirSync(this.source(job), { recursive: true });
    const config = {
      stack: "test",
      state: this.statePath,
      stores: {
        ...Object.fromEntries(stores.map((name) => [name, { kind: "local", path: this.store(name) }])),
        ...otherStores,
      },
      defaults: { stores: [...stores, ...Object.keys(otherStores)], schedule: "manual" },
      jobs: Object.fromEntries(
        Object.entries(jobs).map(([name, job]) => [
          name,
          { source: { kind: "volume", path: this.source(name) }, ...job },
        ]),
      ),
      http: { listen: "127.0.0.1:0" },
      lockWait: "0s",
      // Points of their own would be counted with those that a test is about.
      keepConfig: false,
      ...rest,
    };
    writeFileSync(this.configPath, stringify(config));
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  store(name = "local"): string {
    return this.path("stores", name);
  }

  source(job = "data"): string {
    return this.path("sources", job);
  }

  /** Writes files of a job's source, by their path in it. */
  write(files: Readonly<Record<string, string | Uint8Array>>, job = "data"): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.source(job), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
