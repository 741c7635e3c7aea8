/** Which interventions somebody is still busy with, and will end: those of this process are known, others' are judged. */
import { isDeepStrictEqual } from "node:util";
import type { Intervention, InterventionJournal } from "../../ports/intervention-journal.ts";
import { ownerLives, type FateQuestion } from "./owner-fate.ts";

/** Of this process. What it could not release is nobody's any more, although the process lives. */
const ours = new Set<string>();

/** Begins it in the journal; resolves with the one that is in its way. */
export async function begin(
  journal: InterventionJournal,
  intervention: Intervention,
): Promise<Intervention | undefined> {
  ours.add(intervention.id);
  let open: Intervention | undefined = intervention;
  try {
    open = await journal.begin(intervention);
  } finally {
    if (open !== undefined) ours.delete(intervention.id);
  }
  return open;
}

/** This process will do nothing more about it. */
export function leave({ id }: Intervention): void {
  ours.delete(id);
}

export async function isUnderWay(open: Intervention, question: FateQuestion): Promise<boolean> {
  const isOwn = isDeepStrictEqual(open.owner.process, question.processes.self);
  return isOwn ? ours.has(open.id) : ownerLives(open, question);
}
