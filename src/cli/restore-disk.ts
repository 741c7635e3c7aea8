/** `holdfast restore <job> --to-disk NAME`: makes disks of a point that is snapshots of disks, and says how to mount them. */
import { restoreDisks, type DiskRestoreReport, type RestoredDisk } from "../app/restore-disks.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import type { RunRecord } from "../domain/run.ts";
import { findJob } from "../daemon/find-job.ts";
import { snapshotKeyOf } from "../daemon/compose-snapshots.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { replaceDisk } from "./replace-disk.ts";
import { choiceOf } from "./restore-result.ts";
import type { DiskOptions, DiskRestoreOptions } from "./disk-options.ts";
import { placeOfJob } from "./snapshot-jobs.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export async function restoreDisk(
  context: VerbContext,
  options: DiskRestoreOptions & { toDisk: string },
  job: string,
): Promise<ExitCode> {
  assertUnderstood(options);
  if (options.replace === true) return replaceDisk(context, options, job);
  return withStores(
    context,
    async (stack) => {
      const { job: of } = await findJob(stack, job, context.signal);
      const { store, provider } = placeOfJob(stack, of.name);
      const { run, report, error } = await restoreDisks(stack.context, {
        ...{ job: of.name, store, provider, signal: context.signal },
        choice: choiceOf(options, of.timezone),
        name: options.toDisk,
        disk: options.disk,
        place: placeOf(options),
        type: options.type,
        attach: attachOf(options),
        snapshotKey: snapshotKeyOf(stack.config, of.name),
      });
      if (error !== undefined || report === undefined) throw asError(error);
      if (context.json) await printJson(context.terminal, { run: runJson(run), disks: report.disks });
      else await printLine(context.terminal, textOf(run, report));
      return exitCodeOfOutcomes([run.outcome]);
    },
    [showRuns(context)],
  );
}

function assertUnderstood(options: DiskRestoreOptions): void {
  const { at, point, zone, region, replicaZones, attach, deviceName, readOnly } = options;
  if (at !== undefined && point !== undefined)
    throw usage("--at and --point are both given", "give one of them");
  if (zone !== undefined && region !== undefined)
    throw usage("--zone and --region are both given", "a disk is in a zone or in a region");
  if ((region === undefined) !== (replicaZones === undefined))
    throw usage("a regional disk needs --region and --replica-zones", "give both, or neither");
  if (options.replace === true) assertSwap(options);
  else if (options.dryRun === true) throw usage("--dry-run is for --replace", "add that or leave it out");
  if (attach === undefined && (deviceName !== undefined || readOnly === true))
    throw usage("--device-name and --read-only are for --attach", "add that or leave them out");
}

/** Where the old disk is, and as what, is where the new one will be. */
function assertSwap({ zone, region, attach, deviceName, readOnly }: DiskRestoreOptions): void {
  const given = { "--zone": zone, "--region": region, "--attach": attach, "--device-name": deviceName };
  const [first] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  const named = first ?? (readOnly === true ? "--read-only" : undefined);
  if (named === undefined) return;
  throw usage(
    `--replace puts the disk where the old one is, and ${named} says where, too`,
    `leave out ${named}`,
  );
}

function placeOf({ zone, region, replicaZones }: DiskOptions) {
  if (zone !== undefined) return { zone };
  return region === undefined ? undefined : { region, replicaZones };
}

/** `VM` or `ZONE/VM`. */
function attachOf({ attach, deviceName, readOnly = false }: DiskOptions) {
  if (attach === undefined) return undefined;
  const [machine = "", zone] = attach.split("/").reverse();
  return { machine, zone, deviceName, readOnly };
}

function textOf({ durationMs }: RunRecord, { restored, disks }: DiskRestoreReport): string {
  const from = `point ${restored.id} of ${formatInstant(restored.startedAt)} in ${restored.store}`;
  const made = disks.map(({ disk }) => `${disk.disk.name} (${formatSize(disk.bytes)}, ${disk.type})`);
  const attached = disks.flatMap(({ attached: to }) => (to === undefined ? [] : [to]));
  const where = attached[0] === undefined ? "" : `, attached to ${attached[0].machine.name}`;
  const sentence = `Made ${made.join(", ")} from ${from}${where}, in ${formatDuration(durationMs)}.`;
  return [sentence, ...(attached.length === 0 ? [attachHint(disks)] : [mountHint(disks)])].join("\n\n");
}

function attachHint(disks: readonly RestoredDisk[]): string {
  const commands = disks.map(({ disk: { disk }, from }) => {
    const place = "zone" in disk ? `--zone=${disk.zone}` : `--disk-scope=regional`;
    return `  gcloud compute instances attach-disk VM --disk=${disk.name} --device-name=${from} ${place}`;
  });
  return ["To attach it to a machine:", ...commands].join("\n");
}

function mountHint(disks: readonly RestoredDisk[]): string {
  const commands = disks.flatMap(({ attached }) => {
    if (attached === undefined) return [];
    const { deviceName, readOnly } = attached;
    const device = `/dev/disk/by-id/google-${deviceName}`;
    return [
      `  sudo mkdir -p /mnt/${deviceName}`,
      `  sudo mount -o ${readOnly ? "ro,noload" : "discard,defaults"} ${device} /mnt/${deviceName}`,
    ];
  });
  return ["To mount it there (a disk with partitions: add -part1 to the device):", ...commands].join("\n");
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Restoring", why, next });
}
