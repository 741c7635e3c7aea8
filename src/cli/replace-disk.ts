/** `holdfast restore <job> --to-disk NAME --replace`: a disk of a point in the place of the one that this machine's services use. */
import { examineInCloud, refusal, type SwapInCloud } from "../app/disk-swap/examine-swap.ts";
import type { ExaminedSwap } from "../app/disk-swap/disk-swapper.ts";
import { locatePoint } from "../app/locate-point.ts";
import { restoreDisks } from "../app/restore-disks.ts";
import type { Stack } from "../daemon/compose.ts";
import { snapshotKeyOf } from "../daemon/compose-snapshots.ts";
import { deleteCommand, devicePath, swapCommands, type DiskSwap } from "../domain/disk-swap.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { diskOf, snapshotsIn, type SnapshotFacts } from "../domain/snapshot-facts.ts";
import type { SnapshotProvider } from "../ports/snapshot-provider.ts";
import { runJson } from "../web/status-json.ts";
import { EXIT, exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import type { DiskRestoreOptions } from "./disk-options.ts";
import { choiceOf } from "./restore-result.ts";
import { placeOfJob } from "./snapshot-jobs.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine, warnLine, type Terminal } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

type Options = DiskRestoreOptions & { toDisk: string };

/** What is put in place of what, as far as nobody was asked yet who uses it. */
interface Chosen {
  point: CatalogPoint;
  snapshot: SnapshotFacts;
  inCloud: SwapInCloud;
  old: SnapshotProvider;
}

export function replaceDisk(context: VerbContext, options: Options, job: string): Promise<ExitCode> {
  return withStack(
    context,
    async (stack) => {
      const chosen = await choose(stack, { options, job, signal: context.signal });
      if (options.dryRun === true) return showCommands(context, stack, { ...chosen, options, job });
      const examined = await stack.diskSwapper.examine(chosen.inCloud, job, context.signal);
      await confirm(context.terminal, { ...chosen, ...examined }, options.yes === true);
      return swap(context, stack, { ...chosen, ...examined, options, job });
    },
    [showRuns(context)],
  );
}

async function choose(
  stack: Stack,
  { options, job, signal }: { options: Options; job: string; signal: AbortSignal },
): Promise<Chosen> {
  const { store, provider } = placeOfJob(stack, job);
  const choice = choiceOf(options, stack.job(job).job.timezone);
  const { catalog, stack: of } = stack.context;
  const { copies } = await locatePoint({ catalog, stack: of, stores: [store], job, choice, signal });
  const [{ point }] = copies;
  const all = snapshotsIn(point.record);
  const wanted = all.filter((each) => options.disk === undefined || each.disk === options.disk);
  const [snapshot, ...others] = wanted;
  if (snapshot === undefined || others.length > 0) {
    const why = `point ${point.id} has snapshots of ${all.map(({ disk }) => disk).join(", ")}`;
    const old = { name: options.disk ?? "a disk" };
    throw refusal({ old: { zone: "", ...old }, name: options.toDisk }, why, "name one of them with --disk");
  }
  const key = snapshotKeyOf(stack.config, job);
  const cloud = await provider();
  const inCloud = await examineInCloud({
    ...{ old: diskOf(snapshot), name: options.toDisk, cloud, signal },
    hasRawKey: key !== undefined && "rawKey" in key,
    project: connectionOf(stack, job).project,
  });
  return { point, snapshot, inCloud, old: cloud };
}

function connectionOf(stack: Stack, job: string) {
  const name = stack.job(job).job.stores[0];
  return stack.config.snapshotStores.find((store) => store.name === name)?.connection ?? {};
}

interface Asked extends Chosen {
  options: Options;
  job: string;
}

async function swap(
  context: VerbContext,
  stack: Stack,
  { options, job, point, snapshot, inCloud, old, ...examined }: Asked & ExaminedSwap,
): Promise<ExitCode> {
  const { signal, terminal } = context;
  const { store, provider } = placeOfJob(stack, job);
  const wired = stack.job(job).job;
  let heldMs = 0;
  const { run, report, error } = await restoreDisks(stack.context, {
    ...{ job, store, provider, signal, choice: { id: point.id }, name: options.toDisk },
    ...{ disk: snapshot.disk, place: undefined, type: options.type, attach: undefined },
    snapshotKey: snapshotKeyOf(stack.config, job),
    afterwards: async () => {
      const request = { ...examined, job, connection: connectionOf(stack, job), after: wired.afterRestore };
      const onWarning = (message: string) => warnLine(terminal, message);
      const limits = { limit: wired.timeout, signal, onWarning };
      ({ heldMs } = await stack.diskSwapper.swap(stack.context.services, { ...request, ...limits }));
    },
  });
  if (error !== undefined || report === undefined) throw asError(error);
  const { schedules = [] } = (await old.disks.find(examined.swap.old, signal)) ?? {};
  const deletes = deleteCommand(examined.swap.old, inCloud.project);
  const { swap: done, services } = examined;
  if (context.json) {
    await printJson(terminal, { run: runJson(run), swap: done, services, heldMs, delete: deletes });
  } else {
    const hints = [
      `Keep ${done.old.name} until you are sure; this deletes it:`,
      `  ${deletes}`,
      ...(stack.config.jobs.some(
        ({ job: { name }, source }) => name === job && "self" in source && source.self === true,
      )
        ? []
        : [
            `Write ${done.fresh.name} where the config of job ${job} names ${done.old.name}: it backs up that one still.`,
          ]),
      ...(schedules.length === 0
        ? []
        : [
            `Google's schedule ${schedules.join(", ")} is attached to ${done.old.name}, not to ${done.fresh.name}: \`holdfast gce schedule ensure ${job}\`.`,
          ]),
    ];
    await printLine(terminal, [doneText(done, services, heldMs), "", ...hints].join("\n"));
  }
  return exitCodeOfOutcomes([run.outcome]);
}

function doneText({ fresh, old, mount }: DiskSwap, services: readonly string[], heldMs: number): string {
  const stood =
    services.length === 0
      ? "No service used it."
      : `${services.join(", ")} stood still for ${formatDuration(heldMs)}.`;
  return `${fresh.name} is mounted on ${mount.at} in the place of ${old.name}, which is detached and as it was. ${stood}`;
}

async function confirm(
  terminal: Terminal,
  { point, swap: { old, fresh, mount }, services }: Chosen & ExaminedSwap,
  isSure: boolean,
): Promise<void> {
  if (isSure) return;
  const stops =
    services.length === 0 ? "No service uses it." : `Meanwhile ${services.join(", ")} will be stopped.`;
  const change = `${fresh.name}, made of point ${point.id} of ${formatInstant(point.startedAt)}, will be mounted on ${mount.at} in the place of ${old.name}, which is kept.`;
  const typed = await terminal.ask(`${change} ${stops} Type ${old.name} to go on: `);
  if (typed?.trim() === old.name) return;
  throw refusal(
    { old, name: fresh.name },
    typed === undefined ? `nobody confirmed it: ${change}` : "it was not confirmed",
    typed === undefined ? "add --yes" : "nothing was changed",
  );
}

/** What cannot be known from here stands in capitals, with the reason below. */
async function showCommands(
  { terminal, json, signal }: VerbContext,
  stack: Stack,
  { options, job, snapshot, inCloud }: Asked,
): Promise<ExitCode> {
  const found = await stack.diskSwapper.examine(inCloud, job, signal).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof HoldfastError)) throw error;
    return error;
  });
  const isKnown = !(found instanceof HoldfastError);
  const { project, ...known } = inCloud;
  const mount = { source: devicePath(known.deviceName), at: "MOUNT_POINT", type: "TYPE", options: "OPTIONS" };
  const place = `--project=${project} --zone=${known.old.zone}`;
  const type = options.type === undefined ? "" : ` --type=${options.type}`;
  const commands = [
    `gcloud compute disks create ${known.fresh.name} ${place} --source-snapshot=${snapshot.name}${type}`,
    ...swapCommands({
      ...(isKnown ? found.swap : { ...known, mount }),
      ...{ project, services: isKnown ? found.services : ["SERVICES"] },
      stack: isKnown ? found.own.compose?.project : undefined,
    }),
  ];
  const reason = isKnown ? undefined : found.message;
  if (json) await printJson(terminal, { commands, refused: reason ?? null });
  else {
    const why = reason === undefined ? [] : ["", `Holdfast would not do it by itself. ${reason}`];
    await printLine(terminal, [...commands, ...why].join("\n"));
  }
  return EXIT.done;
}
