/** The verbs that show what has happened. */
import { Option, type Command } from "commander";
import { OPERATIONS } from "../domain/run.ts";

type Action = (load: () => Promise<unknown>) => (...parameters: unknown[]) => Promise<void>;

export function addLookBackVerbs(program: Command, verb: Action): void {
  const history = program
    .command("history")
    .argument("[job]", "only this job's runs")
    .addOption(new Option("--operation <operation>", "only such runs").choices(OPERATIONS))
    .description("the runs so far, newest first");
  const audit = program
    .command("audit")
    .option("--all", "also what the daemon does by schedule")
    .description("who did what when: restores, prunes, pins, silences, holds, configs");
  for (const command of [history, audit]) {
    command
      .option("--since <time>", "a length of time such as 7d, or a time (ISO 8601)")
      .option("--limit <number>", "so many at most (default: 50)");
  }
  history.action(verb(async () => (await import("./history.ts")).history));
  audit.action(verb(async () => (await import("./audit.ts")).audit));
}
