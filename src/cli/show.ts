/** `holdfast show <point>`: everything the commit record says, for a person. */
import type { PointCopy } from "../app/locate-point.ts";
import { withDetails } from "../app/point-details.ts";
import { coverageOfPoint } from "../app/sample-records.ts";
import type { Stack } from "../daemon/compose.ts";
import { messageOf } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { holdsDumps } from "../domain/dump-in-point.ts";
import type { CommitRecord, PointEncryption, PointTotals } from "../domain/recovery-point.ts";
import { describeRetentionIn, type DescribedRetention } from "../domain/retention-in.ts";
import type { Coverage } from "../domain/sample.ts";
import { writeDuration } from "../domain/duration.ts";
import { recentOnly } from "../domain/recent-only.ts";
import { managedBackupIn } from "../domain/managed-backup.ts";
import { snapshotsIn } from "../domain/snapshot-facts.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { EXIT } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { pointCopies } from "./point-argument.ts";
import { coverageJson, coverageText } from "./sample.ts";
import { databasesText } from "./show-databases.ts";
import { dumpsText } from "./show-dumps.ts";
import { snapshotsText } from "./show-snapshots.ts";
import { formatTable, printable } from "./table.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

/** Warnings shown; all that were recorded are in `--json`. */
const SHOWN_WARNINGS = 20;

export const show: Verb<object, [id: string]> = async (context, _options, id) =>
  withStores(context, async (stack) => {
    const [plain, ...others] = await pointCopies(context, stack, id);
    const first = await withKnownDetails(context, stack, plain);
    const known = (copy: PointCopy) => withCoverage(copy, stack.context.clock.now(), context.signal);
    const copies: Copies = [await known(first), ...(await Promise.all(others.map(known)))];
    if (context.json) {
      const [{ point }] = copies;
      const stores = copies.map(({ store, point: { job, pinned, lastProof }, coverage }) => ({
        store: store.name,
        pinned,
        lastProof: lastProof ?? null,
        read: coverageJson(coverage),
        retention: retentionOf(stack, job, store.name) ?? null,
      }));
      await printJson(context.terminal, { record: point.record, stores });
    } else {
      await printLine(context.terminal, describe(stack, copies));
    }
    return EXIT.done;
  });

/** Who has no key to an encrypted point sees what its commit record tells. */
async function withKnownDetails(
  { terminal, signal }: VerbContext,
  { context: { keys } }: Stack,
  copy: PointCopy,
): Promise<PointCopy> {
  const { store, point, siblings } = copy;
  const { encryption } = point.record;
  if (encryption === null || !keys.mayOpen(encryption)) return copy;
  try {
    const record = await withDetails(store, point.record, { keys, siblings, signal });
    return { ...copy, point: { ...point, record } };
  } catch (error) {
    if (signal.aborted) throw error;
    warnLine(terminal, messageOf(error));
    return copy;
  }
}

interface KnownCopy extends PointCopy {
  coverage: Coverage;
}
type Copies = readonly [KnownCopy, ...KnownCopy[]];

async function withCoverage(copy: PointCopy, now: Instant, signal: AbortSignal): Promise<KnownCopy> {
  return { ...copy, coverage: await coverageOfPoint(copy.store, copy.point, now, signal) };
}

/** Undefined for a job that is not in the config: nobody prunes its points. */
function retentionOf({ jobs }: Stack, name: string, store: string): DescribedRetention | undefined {
  const job = jobs.find((wired) => wired.job.name === name)?.job;
  if (job === undefined) return undefined;
  return describeRetentionIn(job, store);
}

function describe(stack: Stack, copies: Copies): string {
  const [{ point }] = copies;
  return [
    summary(point),
    databasesText(point.record.capture),
    dumpsText(point.record.capture),
    snapshotsText(point.record),
    places(stack, copies),
    objects(point),
    warnings(point),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

type Point = PointCopy["point"];

function summary({ record }: Point): string {
  const rows: [string, string][] = [
    ["Point", record.id],
    ["Job", `${record.job} of stack ${record.stack} (${record.sourceKind}, ${record.kind})`],
    ["Started", formatInstant(Date.parse(record.startedAt))],
    ["Took", formatDuration(Date.parse(record.finishedAt) - Date.parse(record.startedAt))],
    contentRow(record),
    ...leftOutRow(record.capture),
    ...recentRow(record),
    ["Size", sizeText(record)],
    ["Needs", record.needs.length === 0 ? "no other point" : record.needs.join(", ")],
    ["Encrypted", encryptedText(record.encryption)],
    ["Made by", `${record.tool.name} ${record.tool.version}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}`).join("\n");
}

function contentRow(record: CommitRecord): [string, string] {
  const managed = managedBackupIn(record);
  if (managed !== undefined)
    return ["Backup", `${managed.id} of the instance ${managed.instance} in project ${managed.project}`];
  const snapshots = snapshotsIn(record);
  if (snapshots.length > 0) return ["Disks", snapshots.map(({ disk }) => disk).join(", ")];
  return holdsDumps(record) ? ["Dumps", String(record.totals.files)] : ["Files", filesText(record.totals)];
}

/** Google tells only some time later what a snapshot takes. */
function sizeText(record: CommitRecord): string {
  if (managedBackupIn(record) !== undefined) return "Cloud SQL does not tell";
  const { sourceBytes, storedBytes } = record.totals;
  const isKnown = snapshotsIn(record).every(({ storageBytes }) => storageBytes !== undefined);
  return `${formatSize(sourceBytes)}, ${isKnown ? `stored ${formatSize(storedBytes)}` : "what is stored is not known yet"}`;
}

function filesText(totals: PointTotals): string {
  return [
    formatCount(totals.files, "file"),
    totals.directories === 1 ? "1 directory" : `${totals.directories} directories`,
    formatCount(totals.symlinks, "symlink"),
    formatCount(totals.hardlinks, "hardlink"),
    ...(totals.specials === undefined ? [] : [specialsText(totals.specials)]),
  ].join(", ");
}

function encryptedText(encryption: PointEncryption | null): string {
  if (encryption === null) return "no";
  const { kind, recipients } = encryption;
  return recipients.length === 0 ? `with a passphrase (${kind})` : `to ${recipients.join(", ")} (${kind})`;
}

/** What is left out without a warning, since that was asked for or is as it should be. */
function leftOutRow({ sockets, mountPoints }: Record<string, unknown>): [string, string][] {
  const parts = [
    ...(isSome(sockets) ? [formatCount(sockets, "socket")] : []),
    ...(isSome(mountPoints) ? [formatCount(mountPoints, "mounted file system")] : []),
  ];
  return parts.length === 0 ? [] : [["Left out", parts.join(", ")]];
}

function recentRow(record: CommitRecord): [string, string][] {
  const recent = recentOnly(record);
  if (recent === undefined) return [];
  const { within, since, older } = recent;
  const rest = older === 0 ? "nothing was older" : `${formatCount(older, "older file")} left out`;
  const what = `only what was modified in the ${writeDuration(within)} before it`;
  return [["Partial", `by design: ${what} (since ${formatInstant(since)}), ${rest}`]];
}

function isSome(count: unknown): count is number {
  return typeof count === "number" && count > 0;
}

function specialsText(count: number): string {
  return count === 1 ? "1 FIFO or device" : `${count} FIFOs or devices`;
}

function places(stack: Stack, copies: Copies): string {
  return formatTable(copies, [
    { title: "STORE", value: ({ store }) => store.name },
    { title: "PINNED", value: ({ point }) => (point.pinned ? "yes" : "no") },
    { title: "READ", value: ({ coverage, point }) => readText(point, coverage) },
    { title: "LAST PROOF", value: ({ point }) => proofText(point) },
    { title: "RETENTION", value: ({ store, point }) => retentionText(stack, point.job, store.name) },
  ]);
}

function retentionText(stack: Stack, job: string, store: string): string {
  const retention = retentionOf(stack, job, store);
  if (retention === undefined) return "kept, for the job is not in the config";
  return `${retention.policy} (by ${retention.from})`;
}

/** What a cloud keeps of a disk is not read by us. */
function readText({ record }: Point, coverage: Coverage): string {
  return record.objects.length === 0 ? "" : coverageText(coverage);
}

function proofText({ lastProof, record }: Point): string {
  if (lastProof === undefined && record.objects.length === 0) return "none";
  if (lastProof === undefined) return "none since it was written and read back";
  const [problem] = lastProof.problems;
  const text = `${lastProof.operation} ${lastProof.outcome} ${formatInstant(Date.parse(lastProof.at))}`;
  return problem === undefined ? text : `${text}: ${problem}`;
}

function objects({ record }: Point): string {
  if (record.objects.length === 0) return "";
  return formatTable(record.objects, [
    { title: "OBJECT", value: ({ name }) => name },
    { title: "SIZE", value: ({ size }) => formatSize(size), align: "right" },
    { title: "SHA-256", value: ({ sha256 }) => sha256 },
  ]);
}

function warnings({ record }: Point): string {
  if (record.warningCount === 0) return "";
  const shown = record.warnings.slice(0, SHOWN_WARNINGS).map(({ message }) => `  ${printable(message)}`);
  const rest = record.warningCount - shown.length;
  return [
    `${formatCount(record.warningCount, "warning")}:`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join("\n");
}
