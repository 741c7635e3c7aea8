/** Verbs that Holdfast's own containers run, and nobody types. */
import { Argument, Option, type Command } from "commander";
import type { Action } from "./verb.ts";

export function addHiddenVerbs(program: Command, verb: Action): void {
  program
    .command("capture-stream", { hidden: true })
    .argument("<order>")
    .action(verb(async () => (await import("./capture-stream.ts")).captureStream));
  program
    .command("settle-source", { hidden: true })
    .argument("<path>")
    .addOption(new Option("--trial <end>").choices(["accept", "revert"]))
    .action(verb(async () => (await import("./settle-source.ts")).settleSource));
  program
    .command("check-disk", { hidden: true })
    .argument("<order>")
    .action(verb(async () => (await import("./check-disk.ts")).checkDisk));
  program
    .command("host-disk", { hidden: true })
    .addArgument(new Argument("<action>").choices(["look", "swap", "back"]))
    .argument("<of>")
    .action(verb(async () => (await import("./host-disk.ts")).hostDisk));
  program
    .command("freeze", { hidden: true })
    .addArgument(new Argument("<action>").choices(["hold", "thaw"]))
    .argument("<limit>")
    .argument("<state>")
    .argument("<paths...>")
    .action(verb(async () => (await import("./freeze.ts")).freeze));
  program
    .command("http-status", { hidden: true })
    .argument("<url>")
    .action(verb(async () => (await import("./http-status.ts")).httpStatus));
  program.command("guard", { hidden: true }).action(verb(async () => (await import("./guard.ts")).guard));
}
