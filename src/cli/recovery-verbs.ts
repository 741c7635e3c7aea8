/** The verbs for the day when the whole stack is lost. */
import { Option, type Command } from "commander";
import { GAMEDAY_SCENARIOS } from "../domain/gameday.ts";
import { parsePointsAddress, type PointsAddress } from "../config/points-address.ts";
import type { Action } from "./verb.ts";

export function addRecoveryVerbs(program: Command, verb: Action): void {
  program
    .command("recover")
    .option("--only <job...>", "only these jobs, and the services that have to do with them")
    .option(
      "--at <time>",
      "the newest points not after this time (ISO 8601; the stack's zone when it names none)",
    )
    .option("--dry-run", "only show the plan")
    .option("--yes", "begin without asking")
    .option("--no-safety", "keep no copy of what is there now")
    .option("--report <file>", "write the report, in Markdown, to this file too")
    .addOption(
      new Option(
        "--from <address>",
        "on a bare machine: put what the stack is made of, without its secrets, into --to, and say what comes next",
      ).argParser(stackAddress),
    )
    .option("--to <directory>", "with --from: where its Compose files and config are put")
    .option("--to-project <name>", "a copy of the stack under this project name, beside the one that runs")
    .option("--abandon", "give up a recovery that was cut off: start what it has stopped")
    .description(
      "bring the whole stack back: data, then services, in their order; goes on where it was cut off",
    )
    .action(verb(async () => (await import("./recover.ts")).recover));
}

/** That of a stack, with or without the slash at its end. */
function stackAddress(text: string): PointsAddress {
  const question = text.lastIndexOf("?");
  const path = question === -1 ? text : text.slice(0, question);
  return parsePointsAddress(`${path.replace(/\/*$/, "/")}${question === -1 ? "" : text.slice(question)}`);
}

export function addGamedayVerb(program: Command, verb: Action): void {
  program
    .command("gameday")
    .addOption(
      new Option("--scenario <scenario>", "what is to happen")
        .choices(GAMEDAY_SCENARIOS)
        .makeOptionMandatory(),
    )
    .option("--project-copy", "on a copy of the stack under another project name: the stack is not touched")
    .option("--job <job>", "whose data is lost; without it that of the largest")
    .option("--yes", "ask nobody: only Holdfast's part is done and timed")
    .option("--report <file>", "write the report, in Markdown, to this file too")
    .description("rehearse a recovery with those who would have to do it, on a copy of the stack")
    .action(verb(async () => (await import("./gameday.ts")).gameday));
}
