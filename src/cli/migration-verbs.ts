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
}
