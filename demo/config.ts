/** The demo's holdfast.yml: an ordinary one, only with seconds where a real one has hours. */
import { writeFileSync } from "node:fs";
import type { Places } from "./places.ts";

export const JOB = "data";
export const EVERY_SECONDS = 3;
/** Some schedule intervals, so that a busy machine does not make a backup stale. */
export const MAX_AGE_SECONDS = 12;
/** Points that stay once the retention is configured. */
export const KEPT = 3;

export interface ConfigChoices {
  slackUrl: string;
  /** Without it every point is kept. */
  retention?: string;
}

export function writeConfig({ data, archive, state, config }: Places, choices: ConfigChoices): void {
  const { slackUrl, retention } = choices;
  // A JSON string is a YAML string, whatever the path holds.
  const quoted = (text: string): string => JSON.stringify(text.replaceAll("${", "$${"));
  const lines = [
    "stack: demo",
    "stores:",
    `  local: { kind: local, path: ${quoted(archive)} }`,
    "jobs:",
    `  ${JOB}:`,
    `    source: { kind: volume, path: ${quoted(data)} }`,
    `    schedule: "*/${EVERY_SECONDS} * * * * *"`,
    `    freshness: { maxAge: ${MAX_AGE_SECONDS}s }`,
    // So that the retention of so few points is not about what they need of one another.
    "    full: always",
    ...(retention === undefined ? [] : [`    retention: ${retention}`]),
    "alerts:",
    "  diskLow: { percent: 0 }",
    "  channels:",
    `    team: { kind: slack, url: ${quoted(slackUrl)} }`,
    `state: ${quoted(state)}`,
    'http: { listen: "127.0.0.1:0" }',
    "log: { format: json }",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
}
