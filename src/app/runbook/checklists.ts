/** What is looked at before anybody calls it done, and what is seen to in quiet times. */
import type { RunbookFacts } from "./facts.ts";
import { list, numbered, plain, section } from "./markdown.ts";
import { alone, aloneWith, compose, ours } from "./scenarios/commands.ts";
import { step } from "./scenarios/scenario.ts";

export function afterRecovery(facts: RunbookFacts): string {
  const { services = [] } = facts;
  const all = services.length === 0 ? "Every service" : services.map(({ name }) => plain(name)).join(", ");
  return section(
    "## After every recovery",
    numbered([
      step(
        "Look at what runs, and at what it has logged since.",
        compose("ps", "--all"),
        compose("logs", "--since", "15m", "--tail", "200"),
      ),
      step(
        "Back up, see that every job is fresh in every store, and read again what was just stored.",
        ours(facts, "backup"),
        ours(facts, "status"),
        ours(facts, "verify", "--newest"),
      ),
    ]),
    list(
      [
        `${all}: running and, where they have a health check, healthy. No errors in the logs since the start.`,
        "Somebody who knows the application has signed in, read something old and written something new.",
        "The newest row, file or message is as old as the restored point, and whoever must know has been told what is missing.",
        "The last command said that what was backed up since is whole.",
        "The report of the recovery is kept: it says what came back from when, and where the old content is. Copies that were kept are removed once nobody needs them.",
      ],
      "- [ ]",
    ),
  );
}

export function inQuietTimes(facts: RunbookFacts): string {
  const { jobs } = facts;
  const drilled = jobs
    .filter(({ canDrill }) => canDrill)
    .map(({ name }) => `\`${ours(facts, "drill", name)}\``);
  const check = aloneWith(
    facts,
    ["--volume", "./docs:/docs"],
    ...["runbook", "--check", "/docs/DISASTER_RECOVERY.md"],
  );
  return section(
    "## Within a week of a recovery",
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
        ...(facts.services === undefined
          ? []
          : [`The plan is as expected: \`${alone(facts, "recover", "--dry-run")}\`.`]),
        "The names and numbers under “Whom to call” are right.",
        `This document is up to date: \`${check}\`, where it lies in \`./docs\`. With \`--out\` in place of \`--check\` it is written anew; what stands between \`<!-- keep: … -->\` and its end stays as it is.`,
      ],
      "- [ ]",
    ),
  );
}
