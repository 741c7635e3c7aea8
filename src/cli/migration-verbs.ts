/** The verbs that lead from another tool to here. */
import type { Command } from "commander";

/** Of `verbs.ts`: runs the verb that is loaded. */
type Action = (load: () => Promise<unknown>) => (...parameters: unknown[]) => Promise<void>;

export function addMigrationVerbs(program: Command, verb: Action): void {
  const migrate = program.command("migrate").description("from another tool to Holdfast");
  migrate
    .command("offen")
    .argument("<file>", "the Compose file")
    .option("--service <name>", "of docker-volume-backup (default: each that runs its image)")
    .description("print the config that does what a docker-volume-backup service does")
    .action(verb(async () => (await import("./migrate.ts")).migrateFromOffen));
  migrate
    .command("archives")
    .argument("<directory>", "where they are kept")
    .description("list archives that another tool has made, and how each is restored")
    .action(verb(async () => (await import("./migrate.ts")).listArchives));
  migrate
    .command("adopt")
    .argument("<job>", "whose retention they are to be under")
    .requiredOption("--store <name>", "where they are")
    .option("--beginning <text>", "of their names (default: backup-)")
    .option("--undo", "give back those that it has adopted: nothing prunes them then")
    .option("--yes", "without asking")
    .description("have a job prune archives that another tool has made, as if they were its points")
    .action(verb(async () => (await import("./adopt.ts")).adopt));
}
