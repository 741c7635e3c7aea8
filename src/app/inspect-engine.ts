/** Whether the container engine is there for all that the jobs need of it: a part of what `holdfast doctor` prints. */
import { messageOf } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { Job, QuiescePolicy } from "../domain/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { Container, ContainerRuntime } from "../ports/container-runtime.ts";
import { isEngineAbsent } from "./absent-engine.ts";
import { servicesToHold } from "./interventions/services-to-hold.ts";
import type { Finding } from "./run-doctor.ts";
import { within } from "./within.ts";

export interface EngineQuestion {
  runtime: ContainerRuntime;
  clock: Clock;
  /** The Compose project, where this process runs in none. */
  project: string;
  jobs: readonly Job[];
  signal: AbortSignal;
}

const ABOUT = "container engine";
/** An engine that hangs is as good as none. */
const ASK_LIMIT = 10 * SECOND;

/** Nothing where there is no engine and nobody needs one. Throws only when it is cancelled. */
export async function inspectEngine(question: EngineQuestion): Promise<Finding[]> {
  const { runtime, clock, signal, jobs } = question;
  const holding = jobs.flatMap(({ name, quiesce }) =>
    quiesce === undefined || quiesce.services.length === 0 ? [] : [{ name, quiesce }],
  );
  try {
    const what = "Asking the container engine";
    return await within({ clock, limit: ASK_LIMIT, what, signal }, async (until) => {
      const { version, apiVersion } = await runtime.engine(until);
      const own = await runtime.ownContainer(until);
      const message = `Version ${version} answers, in version ${apiVersion} of its API.`;
      const missing = await Promise.all(
        holding.map((job) => servicesOf(job, { ...question, own, signal: until })),
      );
      return [{ about: ABOUT, verdict: "ok", message }, ...missing.flat()];
    });
  } catch (error) {
    signal.throwIfAborted();
    if (holding.length === 0 && isEngineAbsent(error)) return [];
    return [
      { about: ABOUT, verdict: holding.length === 0 ? "warning" : "failed", message: messageOf(error) },
    ];
  }
}

/** A name that no service has fails the job each time, and at night first. */
async function servicesOf(
  { name, quiesce }: { name: string; quiesce: QuiescePolicy },
  { runtime, project, own, signal }: EngineQuestion & { own: Container | undefined },
): Promise<Finding[]> {
  const { mode, services } = quiesce;
  try {
    const of = own?.compose?.project ?? project;
    await servicesToHold(runtime, { job: name, project: of, services, mode, own, signal });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [{ about: `services of job ${name}`, verdict: "failed", message: messageOf(error) }];
  }
}
