/** All that a runbook is written from. Nothing in it is asked of anybody while it is written. */
import type { StackStatus } from "../read-status.ts";

export interface RunbookFacts {
  status: StackStatus;
  jobs: readonly RunbookJob[];
  stores: readonly RunbookStore[];
  /** Of the stack, as far as an engine told them; undefined: there was none to ask. */
  services: readonly RunbookService[] | undefined;
  /** The service that Holdfast runs in. */
  sidecar: string;
  /** Its own file, as far as there is one. */
  configFile: string | undefined;
  encryption: "age" | "gpg" | undefined;
  hasToken: boolean;
  channels: readonly string[];
  /** Cloud disks are among the jobs. */
  hasDisks: boolean;
  /** The config and the Compose files are backed up as a job of this name. */
  configJob: string | undefined;
}

export const JOB_SHAPES = ["files", "dump", "disk", "managed"] as const;

export interface RunbookJob {
  name: string;
  /** What a restore of it is like. */
  shape: (typeof JOB_SHAPES)[number];
  /** Where its data is: `volume app_data`, `service db`. */
  what: string;
  /** Services that use it, as far as known. */
  services: readonly string[];
  /** Names of its stores, in the order in which they are asked. */
  stores: readonly string[];
  retention: string;
  /** Its dumps can be given back to their server. */
  canRestoreInPlace: boolean;
  canDrill: boolean;
}

export interface RunbookStore {
  name: string;
  kind: string;
  /** For people: `gs://acme-backups/analytics`. */
  place: string;
  /** For `--from`, ending in a slash; undefined: its points cannot be read by an address. */
  address: string | undefined;
  /** What runs here may not delete there. */
  isAppendOnly: boolean;
  /** It is on this machine, and lost with it. */
  isHere: boolean;
}

export interface RunbookService {
  name: string;
  image: string;
}
