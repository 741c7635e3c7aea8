/** What a job does around its capture: hooks, services that are held, and looking that they are well again. */
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import { asError, messageOf } from "../domain/errors.ts";
import type { Job, QuiescePolicy } from "../domain/job.ts";
import type { AppContext } from "./app-context.ts";
import type { Held } from "./interventions/service-holder.ts";
import type { HoldServices } from "./run-backup.ts";

export interface QuiesceRequest {
  job: Job;
  signal: AbortSignal;
  /** Told of what is worth a line. Must not throw. */
  onWarning: (message: string) => void;
  /** Told why services are held without a guard. Must not throw. */
  onUnguarded: (message: string) => void;
  /** Told of what makes the run partial. Must not throw. */
  onTrouble: (message: string) => void;
}

/** Undefined where the job does nothing around its capture. */
export function quiesceFor(context: AppContext, request: QuiesceRequest): HoldServices | undefined {
  const { quiesce, freeze } = request.job;
  const policy = quiesce ?? (freeze === undefined ? undefined : NOBODY);
  return policy === undefined
    ? undefined
    : (work) => quiesced(context, { ...request, quiesce: policy }, work);
}

/** Where nothing but file systems is to stand still. */
const NOBODY: QuiescePolicy = {
  ...{ mode: "pause", scope: "whole", services: [], grace: undefined, limit: 2 * MINUTE },
  ...{ healthLimit: 2 * MINUTE, before: [], after: [] },
};
/** Whatever writes to a frozen file system waits, also what is of no stack. */
const FREEZE_LIMIT: Milliseconds = 2 * MINUTE;

type Request = QuiesceRequest & { quiesce: QuiescePolicy };
type Work<T> = (signal: AbortSignal) => Promise<T>;

async function quiesced<T>(context: AppContext, request: Request, work: Work<T>): Promise<Held<T>> {
  const { job, quiesce, signal, onWarning, onTrouble } = request;
  const { hooks } = context;
  const troubles: string[] = [];
  const run = { signal, onWarning: (message: string) => void troubles.push(message) };
  let end: { held: Held<T> } | { error: Error };
  try {
    await hooks.runBefore({ ...run, hooks: quiesce.before, when: `before job ${job.name}` });
    end = { held: await held(context, { ...request, onTrouble: run.onWarning }, work) };
  } catch (error) {
    end = { error: asError(error) };
  }
  const hookError = await hooks.runAfter({ ...run, hooks: quiesce.after, when: `after job ${job.name}` });
  if ("held" in end && hookError === undefined) {
    troubles.forEach(onTrouble);
    return end.held;
  }
  // A run that failed tells one reason: the others are lines of its own.
  troubles.forEach(onWarning);
  if ("error" in end && hookError !== undefined) onWarning(hookError.message);
  throw "error" in end ? end.error : (hookError ?? asError(undefined));
}

async function held<T>(
  { services, observer, freezer }: AppContext,
  request: Request,
  work: Work<T>,
): Promise<Held<T>> {
  const { job, quiesce, signal, onUnguarded, onTrouble } = request;
  const { freeze: paths } = job;
  if (quiesce.services.length === 0 && paths === undefined)
    return { value: await work(signal), heldMs: 0, stopped: [] };
  const limit = Math.min(quiesce.limit, FREEZE_LIMIT);
  const frozen =
    paths === undefined ? undefined : await freezer.prepare({ job: job.name, paths, limit }, signal);
  const result = await services.hold(
    {
      ...{ job: job.name, ...quiesce, signal, onWarning: onUnguarded },
      ...{ worker: frozen?.worker, isUrgent: frozen !== undefined },
    },
    (until, holding) =>
      frozen === undefined ? work(until) : frozen.around(holding, until, () => work(until)),
  );
  observer.servicesHeld?.({ job: job.name, heldMs: result.heldMs });
  try {
    const limits = { limit: quiesce.healthLimit, signal };
    for (const unwell of await services.awaitHealth(result.stopped, limits)) onTrouble(unwell);
  } catch (error) {
    // What was captured is as good without an answer.
    onTrouble(messageOf(error));
  }
  return result;
}
