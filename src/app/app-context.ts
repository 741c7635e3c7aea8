import type { Clock } from "../ports/clock.ts";
import type { ContainerLimits, ContainerRuntime } from "../ports/container-runtime.ts";
import type { Encryption, Keyring } from "../ports/encryption.ts";
import type { IndexCache } from "../ports/index-cache.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { RecoveryLog } from "../ports/recovery-log.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { State } from "../ports/state.ts";
import type { Catalog } from "./catalog.ts";
import type { FileSystemFreezer } from "./freeze/file-system-freezer.ts";
import type { HeldLocks } from "./held-locks.ts";
import type { Hooks } from "./interventions/run-hooks.ts";
import type { ServiceHolder } from "./interventions/service-holder.ts";

/** What every use case works with. */
export interface AppContext {
  stack: string;
  /** Goes into commit records. */
  tool: { name: string; version: string };
  /** Who acts, for the audit trail: `daemon`, `command:alice@host`. */
  actor: string;
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
  catalog: Catalog;
  locks: HeldLocks;
  state: State;
  indexes: IndexCache;
  /** Of what is written; undefined: nothing is encrypted. */
  encryption: Encryption | undefined;
  /** For reading what is encrypted. */
  keys: Keyring;
  runtime: ContainerRuntime;
  /** Of each container that a drill makes. */
  drillLimits?: ContainerLimits | undefined;
  services: ServiceHolder;
  hooks: Hooks;
  /** Of file systems on disks that snapshots are taken of. */
  freezer: Pick<FileSystemFreezer, "prepare">;
  /** Of the stack: no backup is made amid one. */
  recoveries: Pick<RecoveryLog, "current">;
  /** Tells what killed processes left behind from what living ones are writing. */
  processes: ProcessTable;
  observer: RunObserver;
  /** Masks the secrets of the config in what others said, before it is kept or shown. */
  hideSecrets: (text: string) => string;
}
