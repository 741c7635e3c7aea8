/** What a game day has shown, for whoever was not there: as Markdown for people, as plain values for scripts. */
import { gamedayOutcome, type Gameday } from "../../domain/gameday.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { toIso, type Milliseconds } from "../../domain/instant.ts";
import { list, plain, section, table } from "../runbook/markdown.ts";

/** What each scenario is, in a clause. */
export const SCENARIO_TEXTS: Readonly<Record<Gameday["scenario"], string>> = {
  "container-crash": "a container has died, and does not start again by itself",
  "volume-loss": "a volume is empty",
  "database-loss": "a database server has lost all its data",
  "stack-loss": "every container and every volume is gone, as after `docker compose down -v`",
};

const VERDICTS = {
  succeeded: "The stack came back, and nobody had to be told how.",
  partial: "The stack came back. There is something to learn: see below.",
  failed: "The stack did not come back as it should: see below.",
};

export function gamedayMarkdown(gameday: Gameday): string {
  const { scenario, stack, actor, startedAt, recoveryMs, failures, lessons } = gameday;
  const took =
    recoveryMs === undefined ? "" : ` Recovery took **${formatDuration(recoveryMs)}** from the damage on.`;
  const parts = [
    section(`# Game day of ${plain(stack)}: ${scenario}`, VERDICTS[gamedayOutcome(gameday)]),
    `Rehearsed at ${toIso(startedAt)} by ${plain(actor)}, on the copy ${plain(gameday.project)}: ${SCENARIO_TEXTS[scenario]}.${took}${alone(gameday)}`,
    section("## Step by step", stepsTable(gameday)),
    ...noted(gameday),
    ...(failures.length === 0 ? [] : [section("## What was not well", list(failures.map(plain)))]),
    ...(lessons.length === 0 ? [] : [section("## What to do about it", list(lessons))]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function alone({ steps }: Gameday): string {
  const isAlone = steps.every(({ by, ms }) => by === "machine" || ms === undefined);
  return isAlone ? " Nobody was there: what people take is not in it." : "";
}

function stepsTable({ steps }: Gameday): string {
  const rows = steps.map(({ by, what, ms }) => [
    by === "person" ? "people" : "Holdfast",
    plain(what),
    took(ms),
  ]);
  return table(["who", "what", "took"], rows);
}

function took(ms: Milliseconds | undefined): string {
  return ms === undefined ? "not timed" : formatDuration(ms);
}

function noted({ steps }: Gameday): string[] {
  const lines = steps.flatMap(({ what, notes }) => notes.map((note) => `${plain(what)}: ${plain(note)}`));
  return lines.length === 0 ? [] : [section("## What was said and typed", list(lines))];
}

export function gamedayJson(gameday: Gameday): Record<string, unknown> {
  const { id, stack, scenario, project, actor, startedAt, recoveryMs = null, steps } = gameday;
  return {
    ...{ id, stack, scenario, project, actor, startedAt: toIso(startedAt), recoveryMs },
    outcome: gamedayOutcome(gameday),
    steps: steps.map(({ by, what, ms = null, notes }) => ({ by, what, ms, notes })),
    ...{ failures: gameday.failures, lessons: gameday.lessons },
  };
}
