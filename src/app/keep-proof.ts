/** Keeps the verdict on a point beside it. */
import { messageOf } from "../domain/errors.ts";
import { formatCount } from "../domain/human-text.ts";
import { toIso } from "../domain/instant.ts";
import {
  FORMAT_VERSION,
  type CatalogPoint,
  type CommitRecord,
  type Proof,
} from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { RunReporter } from "./perform-run.ts";
import { writeProof } from "./point-objects.ts";
import { MAX_RECORDED_PROBLEMS } from "./verify-point.ts";

/** What a proof may say: of an encrypted point, only what names nothing that is in it. */
export function toldProblems(
  { encryption }: CommitRecord,
  problems: readonly string[],
  nameless: readonly string[],
): readonly string[] {
  const kept = problems.length - nameless.length;
  if (encryption === null || kept === 0) return problems;
  return [
    ...nameless,
    `${formatCount(kept, "problem")} of its content, which a verify with the key to it tells.`,
  ];
}

/** A store that takes no proof (read-only, append-only) has been verified, or drilled, all the same. */
export async function keepProof(
  { clock, hideSecrets }: AppContext,
  store: Store,
  point: CatalogPoint,
  { operation, problems, measured }: Pick<Proof, "operation" | "measured"> & { problems: readonly string[] },
  reporter: RunReporter,
): Promise<void> {
  const proof: Proof = {
    format: FORMAT_VERSION,
    operation,
    point: point.id,
    at: toIso(clock.now()),
    outcome: problems.length === 0 ? "passed" : "failed",
    problems: problems.slice(0, MAX_RECORDED_PROBLEMS).map(hideSecrets),
    ...(measured === undefined ? {} : { measured }),
  };
  try {
    await writeProof(store, point.record, proof);
  } catch (error) {
    reporter.warn(`The proof of ${point.id} could not be kept: ${messageOf(error)}`);
  }
}
