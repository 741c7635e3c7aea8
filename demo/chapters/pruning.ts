import type { Chapter } from "./chapter.ts";
import { JOB, KEPT } from "../config.ts";
import type { Stage } from "../stage.ts";

interface Plan {
  decisions: { id: string; action: "keep" | "remove"; reasons: string[] }[];
}

export const pruning: Chapter = {
  title: "Pruning, with reasons",
  async play(stage) {
    stage.screen.say(
      "So far everything is kept. Now the job gets a retention, and a dry run says what it would do.",
    );
    stage.holdsNow("the daemon ends in order when it is told to", (await stage.stopDaemon()) === 0);
    stage.configure({ retention: `{ last: ${KEPT} }` });
    const going = await planned(stage);
    await stage.startDaemon();
    await stage.holds("the daemon prunes what the dry run said, after its next backup", () => {
      const gone = new Set(stage.daemon.log.flatMap((entry) => entry.points ?? []));
      return going.every((id) => gone.has(id));
    });
  },
};

/** Shows the plan, and returns the ids of the points that would go. */
async function planned(stage: Stage): Promise<string[]> {
  await stage.holdfast("prune", JOB, "--dry-run");
  const plans = await stage.ask<Plan[]>("prune", JOB, "--dry-run");
  const decisions = plans.flatMap((plan) => plan.decisions);
  const going = decisions.filter(({ action }) => action === "remove").map(({ id }) => id);
  const explained = decisions.every(({ reasons }) => reasons.length > 0);
  stage.holdsNow(
    `${KEPT} points would stay and ${going.length} would go, each for a reason`,
    explained && going.length > 0 && decisions.length - going.length === KEPT,
  );
  return going;
}
