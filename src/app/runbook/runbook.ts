/** The stack's disaster-recovery document, in Markdown, from what is known of it. Pure. */
import { afterRecovery, inQuietTimes } from "./checklists.ts";
import type { RunbookFacts } from "./facts.ts";
import { inventory } from "./inventory.ts";
import { keptPart, type KeptParts } from "./kept-parts.ts";
import { list, plain, section, shell, word } from "./markdown.ts";
import { measured } from "./measured.ts";
import { objectives } from "./objectives.ts";
import { fillInKey } from "./scenarios/commands.ts";
import { containerCrash, corruptedDatabase, corruptedVolume, wrongImage } from "./scenarios/faults.ts";
import { lostDisk, lostMachine, ransomware, volumesRemoved } from "./scenarios/losses.ts";
import { scenarioText, type ScenarioOf } from "./scenarios/scenario.ts";
import { environment } from "./scenarios/shell-session.ts";
import { leakedCredentials, lostStore, partition } from "./scenarios/stores.ts";

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
  const scenarios = SCENARIOS.flatMap((of) => of(facts) ?? []);
  const parts = [
    `# Disaster recovery: ${plain(status.stack)}`,
    measured(`Written by Holdfast ${status.version} on ${new Date(status.at).toISOString().slice(0, 10)}.`),
    section("## Whom to call", keptPart("contacts", kept)),
    section("## When to call whom", keptPart("escalation", kept)),
    howToRun(facts),
    section(
      "## What can happen, and what to do",
      list(scenarios.map(({ title, shows }) => `**${title}**: ${shows}`)),
      ...scenarios.map(scenarioText),
    ),
    afterRecovery(facts),
    objectives(facts, kept),
    inventory(facts),
    inQuietTimes(facts),
    section("## Notes", keptPart("notes", kept)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function howToRun({ compose, encryption, sidecar, timezone }: RunbookFacts): string {
  return section(
    "## How to run these commands",
    "On the machine that the stack runs on, in Bash, as somebody who may use Docker. **Paste this first, in every new shell:**",
    shell([
      ...environment(compose),
      ...(encryption === undefined || encryption.isHere ? [] : [fillInKey(encryption)]),
    ]),
    list([
      "Within a chapter, do every step, in order, and look at what each command says before the next.",
      "A line such as `AT=   # a moment …` is for you to complete: put the value behind the `=`.",
      "**By hand** is what no command of this stack does; a block behind **Elsewhere** acts on something else, such as the cloud account.",
      `\`docker compose exec ${word(sidecar)} holdfast …\` is for when Holdfast runs, \`docker compose run --rm ${word(sidecar)} …\` for when it does not; the latter always works.`,
      `Times that name no zone are in ${plain(timezone)}.`,
      "Before anything is replaced, Holdfast keeps what is there and says where. Nothing here removes a backup.",
    ]),
  );
}
