/** After a command that no scrape can reach: what it has changed, to a Pushgateway where one is configured. */
import { StatusKeeper } from "../app/status-keeper.ts";
import type { Stack } from "../daemon/compose.ts";
import { messageOf } from "../domain/errors.ts";
import { pushMetrics } from "../observability/pushgateway.ts";
import { warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

/** What cannot be pushed is a warning: the run is what it was. */
export async function pushAfter(
  { terminal, signal }: VerbContext,
  stack: Stack,
  jobs: readonly string[],
): Promise<void> {
  const { pushgateway } = stack.config.metrics;
  if (pushgateway === undefined || signal.aborted || jobs.length === 0) return;
  const { clock } = stack.context;
  const ofJobs = stack.jobs.filter(({ job }) => jobs.includes(job.name));
  const keeper = new StatusKeeper({
    context: stack.context,
    stores: stack.stores,
    diskLow: stack.config.alerts.diskLow,
    gamedayEvery: stack.config.gameday.every,
    jobs: ofJobs.map(({ job }) => job),
    stateError: () => stack.state.trouble(),
    isRunning: () => false,
    nextRunAt: (name) => stack.job(name).job.schedule?.next(clock.now()),
  });
  await keeper.refresh(signal, [...new Set(ofJobs.flatMap(({ job }) => job.stores))]);
  const status = keeper.status();
  for (const job of jobs) {
    try {
      await pushMetrics({ url: pushgateway.url, status, job, clock, signal });
    } catch (error) {
      warnLine(terminal, messageOf(error));
    }
  }
}
