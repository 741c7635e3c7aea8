/** The verb `runbook` and its options. */
import type { Command } from "commander";
import type { Action } from "./verb.ts";

export function addRunbookVerb(program: Command, verb: Action): void {
  program
    .command("runbook")
    .option("--out <file>", "write it to this file, with what people have written into it")
    .option("--publish", "with --out: put it into every store, too, with what people have written")
    .option("--check <file>", "only say whether this one is up to date; exit 1 when it is not")
    .description("the stack's disaster-recovery document, in Markdown")
    .action(verb(async () => (await import("./runbook.ts")).writeRunbook));
}
