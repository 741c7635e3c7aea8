/** The verbs about what Google does by itself. */
import { Option, type Command } from "commander";

/** Of `verbs.ts`: runs the verb that is loaded. */
type Action = (load: () => Promise<unknown>) => (...parameters: unknown[]) => Promise<void>;

export function addCloudVerbs(program: Command, verb: Action): void {
  const gce = program.command("gce").description("what Google does by itself for the disks of jobs");
  gce
    .command("runbook")
    .option("--vm <name>", "the machine (default: this one)")
    .option("--zone <zone>", "its zone")
    .description("how the whole machine is made again from the snapshots of its disks")
    .action(verb(async () => (await import("./gce-runbook.ts")).runbookOfMachine));
  const schedule = gce.command("schedule").description("schedules by which Google makes snapshots");
  schedule
    .command("ensure")
    .argument("[job]", "the job whose disks it is for")
    .option("--all", "for the disks of all jobs")
    .option("--name <name>", "of the schedule (default: the one that the job observes, or daily-backup)")
    .option("--start <time>", "a full hour in UTC", "04:00")
    .option("--keep-days <days>", "how long its snapshots are kept", "14")
    .option(
      "--location <location>",
      "where they are kept, such as eu (default: the job's, or Google's choice)",
    )
    .addOption(
      new Option("--on-disk-delete <fate>", "of its snapshots, when their disk is deleted")
        .choices(["keep", "delete"])
        .default("keep"),
    )
    .option("--dry-run", "only say what would be done")
    .option("--yes", "do it without asking")
    .description("see to it that Google makes daily snapshots of a job's disks")
    .action(verb(async () => (await import("./gce-schedule.ts")).ensureSchedule));
}
