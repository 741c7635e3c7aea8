/** Which process wrote something, so that another one can tell later whether that process still runs. */

export interface ProcessIdentity {
  host: string;
  /** Changes with each boot of the kernel; empty where the platform does not tell. */
  bootId: string;
  /** Pids mean something only within one; empty where the platform does not tell. */
  pidNamespace: string;
  pid: number;
  /**
   * The same for all processes of one container, also after it was started anew, and for those of no other one; empty where the
   * platform does not tell, and outside of containers.
   */
  container: string;
  /** Tells two processes apart that had the same pid one after the other; empty where the platform does not tell. */
  startTime: string;
}

/**
 * - `dead`: certainly gone; it will not write again.
 * - `alive`: certainly running (perhaps stopped or stuck).
 * - `unknown`: it cannot be seen from here (another machine, another container), or the platform does not tell. One of an earlier
 *   start of this very container is `dead`, though: the engine starts a container anew only when all of it has ended.
 */
export type ProcessFate = "alive" | "dead" | "unknown";

export interface ProcessTable {
  readonly self: ProcessIdentity;
  fateOf(process: ProcessIdentity): ProcessFate;
}
