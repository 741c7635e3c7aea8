/** The stack's disaster-recovery document, in Markdown, from what is known of it. Pure. */
import { checklists } from "./checklists.ts";
import type { RunbookFacts } from "./facts.ts";
import { inventory } from "./inventory.ts";
import { keptPart, type KeptParts } from "./kept-parts.ts";
import { plain, section, shell, word } from "./markdown.ts";
import { measured } from "./measured.ts";
import { objectives } from "./objectives.ts";
import { corruptedDatabase, corruptedVolume, lostDisk, volumesRemoved } from "./scenarios/data.ts";
import { leakedCredentials, lostMachine, lostStore, ransomware } from "./scenarios/places.ts";
import { scenarioText, type ScenarioOf } from "./scenarios/scenario.ts";
import { containerCrash, partition, wrongImage } from "./scenarios/services.ts";

/** From the likely to the bad. */
const SCENARIOS: readonly ScenarioOf[] = [
  containerCrash,
  wrongImage,
  corruptedVolume,
  corruptedDatabase,
  volumesRemoved,
  lostDisk,
  lostMachine,
  partition,
  lostStore,
  leakedCredentials,
  ransomware,
];

export function runbook(facts: RunbookFacts, kept: KeptParts): string {
  const { status } = facts;
  const scenarios = SCENARIOS.flatMap((of) => of(facts) ?? []).map(scenarioText);
  const parts = [
    `# Disaster recovery: ${plain(status.stack)}`,
    measured(`Written by Holdfast ${status.version} on ${new Date(status.at).toISOString().slice(0, 10)}.`),
    "Everything between `<!-- keep: … -->` and its end is yours, and stays when this is written again:",
    shell(["holdfast runbook --out DISASTER_RECOVERY.md"]),
    section("## Whom to call", keptPart("contacts", kept)),
    section("## When to call whom", keptPart("escalation", kept)),
    howToRun(facts),
    objectives(facts, kept),
    inventory(facts),
    section("## What can happen, and what to do", ...scenarios),
    checklists(facts),
    section("## Notes", keptPart("notes", kept)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function howToRun({ sidecar }: RunbookFacts): string {
  const service = word(sidecar);
  return section(
    "## How to run these commands",
    `Commands that begin with \`docker\` are run on the machine, in the directory of the Compose files; those that begin with \`holdfast\` in the service \`${plain(sidecar)}\`. Words in capitals are for you to fill in.`,
    shell([
      "# while it runs",
      `docker compose exec ${service} holdfast status`,
      "# when it does not",
      `docker compose run --rm ${service} status`,
      "# where a command names /restore: a directory of the machine",
      `docker compose run --rm -v ./restore:/restore ${service} restore JOB --to /restore/JOB`,
    ]),
    "Before anything is replaced, Holdfast keeps what is there and says where; on a failure it puts it back. A command without `--yes` shows what it is about to do, and asks. Times are those of the job's zone, unless they name another one.",
  );
}
