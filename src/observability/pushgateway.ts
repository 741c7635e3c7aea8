/**
 * Metrics of a run that no scrape can reach, to a Pushgateway (https://github.com/prometheus/pushgateway). Its label `job` is what groups, as it is
 * here the name of a backup job: one group for each, so that the gateway need not overwrite it.
 */
import type { StackStatus } from "../app/read-status.ts";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { statusGauges } from "./status-gauges.ts";

const LIMIT: Milliseconds = 10 * SECOND;

export interface PushOptions {
  /** Of the gateway; may hold a user and a password. */
  url: string;
  status: StackStatus;
  job: string;
  clock: Clock;
  signal: AbortSignal;
}

/** Replaces what the gateway has of the job. No error holds the address. */
export async function pushMetrics({ url, status, job, clock, signal }: PushOptions): Promise<void> {
  const what = `Pushing the metrics of job ${job}`;
  const { address, headers } = groupOf(url, { stack: status.stack, job });
  const ended = new AbortController();
  const late = new AbortController();
  const limit = clock.sleep(LIMIT, { signal: ended.signal }).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const answer = await fetch(address, {
      ...{ method: "PUT", redirect: "manual", body: gaugesOf(status, job) },
      headers: {
        ...headers,
        "user-agent": "holdfast",
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      },
      signal: AbortSignal.any([signal, late.signal]),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw refused(what, answer.status);
  } catch (error) {
    if (signal.aborted) throw cancellation(signal, what);
    if (error instanceof HoldfastError) throw error;
    const why = late.signal.aborted ? "the gateway does not answer" : "the connection failed";
    throw new HoldfastError("notifier", { what, why, next: "check `metrics.pushgateway`", transient: true });
  } finally {
    ended.abort();
    await limit;
  }
}

function refused(what: string, status: number): HoldfastError {
  const why = `the gateway answered ${status}`;
  return new HoldfastError("notifier", { what, why, next: "check `metrics.pushgateway`" });
}

function groupOf(
  url: string,
  { stack, job }: { stack: string; job: string },
): { address: URL; headers: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  address.username = address.password = "";
  const group = ["metrics", "job", job, "stack", stack].map(encodeURIComponent).join("/");
  address.pathname = `${address.pathname.replace(/\/$/, "")}/${group}`;
  if (username === "" && password === "") return { address, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address, headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** Of this job alone: what is of the stack belongs to no group of a job. */
function gaugesOf(status: StackStatus, name: string): string {
  const jobs = status.jobs.filter((job) => job.name === name);
  const alerts = status.alerts.filter(({ problem }) => problem.job === name);
  const text = statusGauges({
    ...status,
    jobs,
    alerts,
    stores: [],
    unprotectedVolumes: undefined,
    held: undefined,
  });
  const lines = text.split("\n").filter((line) => line.startsWith("#") || line.includes(`job="${name}"`));
  return `${lines.join("\n")}\n`;
}
