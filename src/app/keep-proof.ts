/** Keeps the verdict on a point beside it. */
import { messageOf } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import { FORMAT_VERSION, type CatalogPoint, type Proof } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { RunReporter } from "./perform-run.ts";
import { writeProof } from "./point-objects.ts";
import { MAX_RECORDED_PROBLEMS } from "./verify-point.ts";

/** A store that takes no proof (read-only, append-only) has been verified all the same. */
export async function keepProof(
  { clock }: AppContext,
  store: Store,
  point: CatalogPoint,
  problems: readonly string[],
  reporter: RunReporter,
): Promise<void> {
  const proof: Proof = {
    format: FORMAT_VERSION,
    operation: "verify",
    point: point.id,
    at: toIso(clock.now()),
    outcome: problems.length === 0 ? "passed" : "failed",
    problems: problems.slice(0, MAX_RECORDED_PROBLEMS),
  };
  try {
    await writeProof(store, point.record, proof);
  } catch (error) {
    reporter.warn(`The proof of ${point.id} could not be kept: ${messageOf(error)}`);
  }
}
