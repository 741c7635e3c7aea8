/** What a shell has to know before the commands of a runbook mean this stack. */
import type { RunbookCompose } from "../facts.ts";
import { word } from "../markdown.ts";

export function environment(compose: RunbookCompose | undefined): string[] {
  if (compose === undefined) return ["cd /path/of/the/stack   # where its Compose file is"];
  const { project, directory, files } = compose;
  return [
    `cd ${word(directory)}`,
    `export COMPOSE_PROJECT_NAME=${word(project)}`,
    ...(files.length === 0 ? [] : [`export COMPOSE_FILE=${word(files.join(":"))}`]),
  ];
}
