/** A verify of a job: of everything, or of a share of it. */
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { FinishedRun, RunReport } from "./perform-run.ts";
import { runSample } from "./run-sample.ts";
import { runVerify } from "./run-verify.ts";

export interface VerifyJobRequest {
  job: string;
  trigger: Trigger;
  stores: readonly Store[];
  /** Of the stored bytes: above 0; 1 is everything. */
  share: number;
  signal: AbortSignal;
}

export function verifyJob(
  context: AppContext,
  { share, ...request }: VerifyJobRequest,
): Promise<FinishedRun<RunReport>> {
  return share < 1
    ? runSample(context, { ...request, share })
    : runVerify(context, { ...request, select: (points) => points });
}
