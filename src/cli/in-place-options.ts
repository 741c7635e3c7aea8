/** What a restore in place is told on the command line. */
export interface InPlaceOptions {
  at?: string;
  point?: string;
  path?: string[];
  store?: string;
  special?: boolean;
  yes?: boolean;
  keepOld?: boolean;
  delta?: boolean;
  /** False: databases are not opened before they take the place of what is there. */
  check?: boolean;
  /** In a stack: keep a copy of what is there before anything is changed. */
  forensics?: boolean;
  /** In a stack: put back what was there before when services do not work with what was restored. */
  rollback?: boolean;
  /** Started by `restoreInStack`, which has stopped what uses the source and keeps backups from running. */
  held?: boolean;
  /** By the same: where the source is in the container that restores. */
  source?: string;
  /** By the same: whether what is restored stays is not known before services have worked with it. */
  trial?: boolean;
}
