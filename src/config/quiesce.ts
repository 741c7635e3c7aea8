/** What a job does around its capture: from the keys of the file to the domain, and back for who prints it. */
import { writeDuration } from "../domain/duration.ts";
import type { Hook, Job } from "../domain/job.ts";
import type { JobOptions } from "./schema.ts";

type QuiesceOptions = JobOptions["quiesce"];
type HookOptions = QuiesceOptions["before"][number];

/** Undefined where nothing is done. */
export function quiesceOf(options: QuiesceOptions): Job["quiesce"] {
  const { pause = [], stop = [], stopTimeout, limit, scope, healthTimeout } = options;
  const services = [...pause, ...stop];
  const [before, after] = [options.before.flatMap(hookOf), options.after.flatMap(hookOf)];
  if (services.length + before.length + after.length === 0) return undefined;
  const mode = pause.length > 0 ? "pause" : "stop";
  return { mode, scope, services, grace: stopTimeout, limit, healthLimit: healthTimeout, before, after };
}

function hookOf({ exec, http, timeout, onError }: HookOptions): Hook[] {
  if (exec !== undefined) return [{ call: { kind: "exec", ...exec, user: exec.user }, timeout, onError }];
  return http === undefined ? [] : [{ call: { kind: "http", ...http, body: http.body }, timeout, onError }];
}

/** As it stands in a file that says everything. */
export function quiesceForm(quiesce: NonNullable<Job["quiesce"]>): Record<string, unknown> {
  const { mode, scope, services, grace, limit, healthLimit, before, after } = quiesce;
  return {
    ...(services.length === 0 ? {} : { [mode]: services }),
    ...(grace === undefined ? {} : { stopTimeout: writeDuration(grace) }),
    scope,
    limit: writeDuration(limit),
    healthTimeout: writeDuration(healthLimit),
    before: before.map(hookForm),
    after: after.map(hookForm),
  };
}

function hookForm({ call: { kind, ...call }, timeout, onError }: Hook): Record<string, unknown> {
  const keys = Object.entries(call).filter(([, value]) => value !== undefined);
  return { [kind]: Object.fromEntries(keys), timeout: writeDuration(timeout), onError };
}
