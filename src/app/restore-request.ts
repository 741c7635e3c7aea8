/** What a restore of a recovery point is told. */
import type { ProtectedPlace } from "../archive/restore/protected-places.ts";
import type { Store } from "../ports/store.ts";
import type { PointChoice } from "./find-point.ts";
import type { DatabaseCheck } from "./open-restored.ts";

export interface RestoreRequest {
  job: string;
  choice: PointChoice;
  /** In the order of preference. */
  stores: readonly Store[];
  /** Files or subtrees, relative to the source's root; undefined: all of it. */
  paths?: readonly string[] | undefined;
  /** Device nodes are restored too. */
  withDevices?: boolean | undefined;
  /** Directory to restore to. */
  target: string;
  onExisting: "refuse" | "replace";
  /** Given, the target is the job's source, and its content is replaced. */
  inPlace?: InPlaceRequest | undefined;
  /** The stores' own directories, the state, the sources: a restore over them would be the loss it is to undo. */
  protectedPlaces: readonly ProtectedPlace[];
  /** Given, databases are opened before they take the place of anything. */
  check: DatabaseCheck | undefined;
  signal: AbortSignal;
}

export interface InPlaceRequest {
  keepOld: boolean;
  /** What the source holds already is not written again. */
  delta: boolean;
  /** The old content waits until somebody says which of them stays. */
  onTrial: boolean;
  /** Those of the job: backups to them wait. */
  jobStores: readonly Store[];
  /** Whoever started this process keeps backups of the job from running. */
  isLocked?: boolean | undefined;
}
