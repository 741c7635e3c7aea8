/** Somebody outside who expects to hear of each run of a job, and tells when nothing is heard: also that Holdfast itself is gone. */
export interface PingTarget {
  /** `healthchecks`: start, success, failure; `uptime-kuma`: up or down. */
  kind: "healthchecks" | "uptime-kuma";
  /** `{job}` and `{stack}` in it stand for the names. Whoever knows it can ping: it is a secret. */
  url: string;
  /** What a run that is partial counts as. */
  partial: "success" | "fail";
}
