/** The verbs and their arguments. Each verb's code is loaded only when it is used, so that `--help` is instant. */
import { Option, type Command } from "commander";
import { addHiddenVerbs } from "./hidden-verbs.ts";
import { addGamedayVerb, addRecoveryVerbs } from "./recovery-verbs.ts";
import { addRunbookVerb } from "./runbook-verb.ts";
import type { Action } from "./verb.ts";
import { parsePointsAddress, type PointsAddress } from "../config/points-address.ts";
import { addCloudVerbs } from "./cloud-verbs.ts";
import { addLookBackVerbs } from "./look-back-verbs.ts";
import { addMigrationVerbs } from "./migration-verbs.ts";

/** Runs a verb with the arguments and options of its command. */
export type RunVerb = (verb: unknown, args: unknown[], options: object) => Promise<void>;

export function addVerbs(program: Command, run: RunVerb): void {
  /** Commander calls an action with the arguments, then the options, then the command. */
  const verb =
    (load: () => Promise<unknown>) =>
    async (...parameters: unknown[]) => {
      const options = parameters.at(-2) as object;
      await run(await load(), parameters.slice(0, -2), options);
    };
  addServiceVerbs(program, verb);
  addLookBackVerbs(program, verb);
  addHiddenVerbs(program, verb);
  addAlertVerbs(program, verb);
  addCatalogVerbs(program, verb);
  addRestoreVerbs(program, verb);
  addRecoveryVerbs(program, verb);
  addGamedayVerb(program, verb);
  addProofVerbs(program, verb);
  addCareVerbs(program, verb);
  addRunbookVerb(program, verb);
  addCloudVerbs(program, verb);
  addMigrationVerbs(program, verb);
}

/** Of a verb that only reads. */
function fromOption(): Option {
  const text =
    "read from this address, without a config: gs://bucket/prefix/stack/job, s3:, file: or rclone:";
  return new Option("--from <address>", text).argParser(parsePointsAddress);
}

/** What `--from` was given to a verb that has it. */
export function addressOf(options: { from?: PointsAddress | string }): PointsAddress | undefined {
  return typeof options.from === "object" ? options.from : undefined;
}

function addServiceVerbs(program: Command, verb: Action): void {
  program
    .command("run")
    .description("the daemon: schedules, metrics, status page, alerts")
    .action(verb(async () => (await import("./run.ts")).run));
  program
    .command("backup")
    .argument("[job...]", "the jobs; all of them when none is named")
    .option("--full", "read and store everything, also what is unchanged")
    .description("back up now")
    .action(verb(async () => (await import("./backup.ts")).backup));
  program
    .command("status")
    .description("freshness, last and next runs; exit 4 when a job is not fresh")
    .action(verb(async () => (await import("./status.ts")).status));
  program
    .command("ping")
    .description("does the daemon answer? exit 1 when it does not")
    .action(verb(async () => (await import("./ping.ts")).ping));
  const config = program.command("config").description("check or show the configuration");
  config
    .command("check")
    .description("report every mistake; exit 2 when there is one")
    .action(verb(async () => (await import("./config.ts")).checkConfig));
  config
    .command("show")
    .description("print the configuration as understood, with defaults, without secrets")
    .action(verb(async () => (await import("./config.ts")).showConfig));
  const key = program.command("key").description("keys of encrypted points");
  key
    .command("new")
    .option("--out <file>", "write it to this file, which must not be there yet")
    .description("make an identity of age, which decrypts, and print its public key")
    .action(verb(async () => (await import("./key.ts")).newKey));
}

function addAlertVerbs(program: Command, verb: Action): void {
  const silence = program
    .command("silence")
    .argument("<job>", "the job, or all")
    .argument("<duration>", "such as 2h")
    .option("--reason <text>", "why, for who wonders")
    .description("tell no alerts of a job, or none at all, for a while")
    .action(verb(async () => (await import("./silence.ts")).beginSilence));
  silence
    .command("list")
    .description("what is silenced now")
    .action(verb(async () => (await import("./silence.ts")).listSilences));
  silence
    .command("end")
    .argument("<job>", "the job, or all")
    .description("tell its alerts again")
    .action(verb(async () => (await import("./silence.ts")).endSilence));
  const notify = program.command("notify").description("alert channels");
  notify
    .command("test")
    .argument("[channel...]", "the channels; all of them when none is named")
    .description("send a test message")
    .action(verb(async () => (await import("./notify.ts")).testNotify));
}

function addCatalogVerbs(program: Command, verb: Action): void {
  program
    .command("list")
    .argument("[job]", "only this job's points")
    .option("--store <store>", "only this store's points")
    .addOption(fromOption())
    .description("recovery points, newest first")
    .action(verb(async () => (await import("./list.ts")).list));
  program
    .command("show")
    .argument("<point>", "id of the point")
    .addOption(fromOption())
    .description("one recovery point: totals, objects, warnings, proofs")
    .action(verb(async () => (await import("./show.ts")).show));
  program
    .command("ls")
    .argument("<point>", "id of the point")
    .argument("[path]", "a file or directory in it")
    .option("-r, --recursive", "everything below, not only the direct children")
    .addOption(fromOption())
    .description("the files of a point")
    .action(verb(async () => (await import("./ls.ts")).ls));
  program
    .command("cat")
    .argument("<point>", "id of the point")
    .argument("<path>", "a file in it")
    .addOption(fromOption())
    .description("write one file to standard output")
    .action(verb(async () => (await import("./cat.ts")).cat));
  program
    .command("query")
    .argument("<point>", "id of the point")
    .argument("<path>", "a DuckDB or SQLite database in it")
    .argument("<sql>", "one statement")
    .option("--csv", "as CSV")
    .option("--limit <rows>", "so many rows at most (default: 100)")
    .option("--timeout <duration>", "give up after this (default: 5m)")
    .option("--memory <size>", "of the database's library (default: 512MiB)")
    .addOption(fromOption())
    .description("ask a captured database")
    .action(verb(async () => (await import("./query.ts")).query));
}

function addRestoreVerbs(program: Command, verb: Action): void {
  program
    .command("restore")
    .argument("[job]", "the job; none with --archive")
    .option("--to <directory>", "restore into this directory")
    .option("--to-disk <name>", "of snapshots of disks: make this new disk of the point")
    .option("--disk <name>", "of a point of several disks: only this one")
    .option("--zone <zone>", "with --to-disk: where the new disk is (default: where the old one was)")
    .option("--region <region>", "with --to-disk: make a regional disk")
    .option("--replica-zones <zones...>", "the two zones of a regional disk")
    .option("--type <type>", "with --to-disk: such as pd-balanced (default: the cloud's)")
    .option("--attach <vm>", "with --to-disk: attach it to this machine (ZONE/VM where the zone is another)")
    .option("--device-name <name>", "with --attach: /dev/disk/by-id/google-<name>")
    .option("--read-only", "with --attach: read-only")
    .option("--in-place", "restore into the job's source itself; stop what uses it first")
    .option(
      "--at <time>",
      "the newest point not after this time (ISO 8601; the job's zone when it names none)",
    )
    .option("--point <id>", "this point instead of the newest")
    .option("--path <path...>", "only these files or directories")
    .option("--store <store>", "read from this store instead of the first that has the point")
    .option("--special", "restore device nodes too")
    .option(
      "--replace",
      "allow a directory that is not empty: all that it holds is replaced by the point; with --to-disk: swap the new disk under this machine's services",
    )
    .option(
      "--dry-run",
      "with --to-disk --replace: print the commands that do it by hand, and change nothing",
    )
    .option("--keep-old", "with --in-place: keep what was there before, and say where")
    .option("--delta", "with --in-place: do not write what is there already, by its SHA-256")
    .option("--no-check", "do not open databases first, to see that they are sound")
    .option("--no-forensics", "with --in-place, in a stack: keep no copy of what is there in the store")
    .option(
      "--no-rollback",
      "with --in-place, in a stack: what is restored stays, also when services do not work with it",
    )
    .option("--database <name>", "of a dump: into this database instead of its own")
    .option("--service <name>", "of a dump: to the server of this Compose service instead of the job's own")
    .option("--no-safety", "of a dump, with --in-place: keep no dump of what is there")
    .option("--yes", "replace without asking")
    .addOption(new Option("--held").hideHelp())
    .addOption(new Option("--source <path>").hideHelp())
    .addOption(new Option("--trial").hideHelp())
    .option(
      "--archive <file>",
      "restore this archive (tar, tar.zst, tar.gz; - is standard input), without any store",
    )
    .option("--max-entries <count>", "of an archive: refuse one that holds more (default: 10 million)")
    .option("--max-size <size>", "of an archive: refuse larger content (default: what is free at the target)")
    .option("--keep-setuid", "of an archive: keep setuid and setgid bits of files, as root")
    .addOption(fromOption())
    .description("bring a recovery point back")
    .action(verb(async () => (await import("./restore.ts")).restore));
}

function addProofVerbs(program: Command, verb: Action): void {
  program
    .command("verify")
    .argument("[job]", "only this job's points")
    .option("--point <id>", "only this point")
    .option("--store <store>", "only in this store")
    .option("--newest", "only the newest point of each job")
    .option("--sample <share>", "only such a share of what is stored, e.g. 10%, another one each time")
    .addOption(fromOption())
    .description("read stored points again and check every digest")
    .action(verb(async () => (await import("./verify.ts")).verify));
  program
    .command("drill")
    .argument("[job]", "only this job")
    .option("--at <time>", "the newest point not after this time, instead of the newest")
    .option("--point <id>", "this point instead of the newest")
    .option("--store <store>", "from this store, instead of each of the job's in turn")
    .option("--zone <zone>", "of the disks that are made (default: where the old ones were)")
    .option("--stack", "the whole stack instead: brought up beside the one that runs, looked at, and removed")
    .description("restore a point somewhere harmless, look at it, and take it away again")
    .action(verb(async () => (await import("./drill.ts")).drill));
}

function addCareVerbs(program: Command, verb: Action): void {
  program
    .command("prune")
    .argument("[job]", "only this job's points")
    .option("--dry-run", "only say what would go, and why each other point stays")
    .description("apply the job's retention")
    .action(verb(async () => (await import("./prune.ts")).prune));
  program
    .command("copy")
    .argument("[job]", "only this job's points")
    .requiredOption("--from <store>", "the store that has them")
    .requiredOption("--to <store>", "the store that lacks them")
    .option("--at <time>", "the newest point not after this time, with all that it needs")
    .option("--point <id>", "this point, with all that it needs")
    .option("--all", "every point, also those that the retention would not keep there")
    .description("copy points that a store lacks from another one")
    .action(verb(async () => (await import("./copy.ts")).copy));
  for (const name of ["pin", "unpin"] as const) {
    program
      .command(name)
      .argument("<point>", "id of the point")
      .description(
        name === "pin" ? "keep a point whatever the retention says" : "leave a point to the retention again",
      )
      .action(verb(async () => (await import("./pin.ts"))[name]));
  }
  program
    .command("doctor")
    .option("--store <store>", "only this store")
    .description("check configuration, sources, stores, space and state")
    .action(verb(async () => (await import("./doctor.ts")).doctor));
}
