/** What is looked at before anybody calls it done, and what is seen to in quiet times. */
import type { RunbookFacts } from "./facts.ts";
import { command } from "./scenarios/scenario.ts";
import { list, section } from "./markdown.ts";

export function checklists({ jobs, services }: RunbookFacts): string {
  const drilled = jobs.filter(({ canDrill }) => canDrill).map(({ name }) => `\`${command("drill", name)}\``);
  const all =
    services === undefined || services.length === 0
      ? "every service"
      : services.map(({ name }) => name).join(", ");
  return section(
    "## After every recovery",
    list(
      [
        `\`docker compose ps --all\`: ${all} run and are healthy.`,
        "`docker compose logs --since 15m`: no errors since the start.",
        "Somebody who knows the application has signed in, read something old and written something new.",
        "The newest row, file or message is as old as the restored point, and whoever must know has been told what is missing.",
        "`holdfast backup`, then `holdfast status`: every job is fresh in every store.",
        "`holdfast verify --newest`: what was backed up since is whole.",
        "Copies that were kept aside (`--keep-old`, `/restore`) are removed once nobody needs them.",
      ],
      "- [ ]",
    ),
    "## Within a week",
    list(
      [
        "What happened, when it was noticed, and how long each step took is written down.",
        "What this document got wrong is changed in its parts to keep, or in the config.",
        "Secrets that may have been seen are new.",
      ],
      "- [ ]",
    ),
    "## Every quarter",
    list(
      [
        "Somebody who did not write this document restores a job with nothing but it.",
        ...(drilled.length === 0 ? [] : [`Drills pass: ${drilled.join(", ")}.`]),
        "The names and numbers under “Whom to call” are right.",
        "`holdfast runbook --check DISASTER_RECOVERY.md` passes.",
      ],
      "- [ ]",
    ),
  );
}
