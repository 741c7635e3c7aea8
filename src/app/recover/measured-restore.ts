/** How long a restore of a whole point of a job took when it was last measured: by a restore, or by a drill. */
import type { Milliseconds } from "../../domain/instant.ts";
import type { Proof } from "../../domain/recovery-point.ts";
import type { RunHistory } from "../../ports/state.ts";

/** Runs that are asked. */
const RUNS_ASKED = 30;

/** The history is asked first; where it is lost with its machine, what lies beside the point. */
export function measuredRestore(
  job: string,
  { runs, proof }: { runs: RunHistory; proof: Proof | undefined },
): { ms: Milliseconds; bytes: number } | undefined {
  const whole = (["restore", "drill"] as const).flatMap((operation) =>
    runs
      .recent({ job, operation, limit: RUNS_ASKED })
      .filter(
        ({ outcome, sourceBytes }) =>
          outcome !== "failed" && outcome !== "cancelled" && sourceBytes !== undefined,
      ),
  );
  const [newest] = whole.toSorted((a, b) => b.startedAt - a.startedAt);
  if (newest?.sourceBytes !== undefined) return { ms: newest.durationMs, bytes: newest.sourceBytes };
  const measured = proof?.outcome === "passed" ? proof.measured : undefined;
  return measured && { ms: measured.restoreMs, bytes: measured.bytes };
}
