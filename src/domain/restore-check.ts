/** What shows that services work again with what a restore in place brought back. */
import type { Milliseconds } from "./instant.ts";

export interface RestoreCheck {
  look: HttpLook | RunningLook | LogLook;
  /** What has not passed after this has failed. */
  timeout: Milliseconds;
}

/** The address answers with the status. */
export interface HttpLook {
  kind: "http";
  /** It may hold secrets. */
  url: string;
  status: number;
}

/** Each of the services runs, and is healthy where it has a health check. */
export interface RunningLook {
  kind: "running";
  services: readonly string[];
}

/** No line that the service has written since its start matches. */
export interface LogLook {
  kind: "noErrors";
  service: string;
  /** A regular expression. */
  pattern: string;
}
