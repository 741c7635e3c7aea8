/** All that a runbook is written from. Nothing in it is asked of anybody while it is written. */
import type { StackStatus } from "../read-status.ts";

export interface RunbookFacts {
  status: StackStatus;
  jobs: readonly RunbookJob[];
  stores: readonly RunbookStore[];
  /** Of the stack, as far as an engine told them; undefined: there was none to ask, and so none that `holdfast recover` could use. */
  services: readonly RunbookService[] | undefined;
  /** The service that Holdfast runs in. */
  sidecar: string;
  /** The image of that service, by its name. */
  image: string | undefined;
  /** What the containers were made of; undefined where nothing tells. */
  compose: RunbookCompose | undefined;
  /** In which times are given that name no zone. */
  timezone: string;
  /** Its own file, as far as there is one. */
  configFile: string | undefined;
  encryption: RunbookEncryption | undefined;
  hasToken: boolean;
  channels: readonly string[];
  /** Cloud disks are among the jobs. */
  hasDisks: boolean;
  /** The config and the Compose files are backed up as a job of this name. */
  configJob: string | undefined;
}

export interface RunbookEncryption {
  kind: "age" | "gpg";
  /** What decrypts. */
  opensBy: "identity" | "passphrase";
  /** The stack has it; where not, each restore has to be given it. */
  isHere: boolean;
}

/** On the machine. */
export interface RunbookCompose {
  project: string;
  directory: string;
  /** In the order in which Compose reads them. */
  files: readonly string[];
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
  /** A command puts it back where it was. */
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
  /** It is in a volume of the stack itself, and lost with that. */
  isInStack: boolean;
}

export interface RunbookService {
  name: string;
  /** By its name. */
  image: string;
}
