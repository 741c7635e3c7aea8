/** `holdfast restore --archive FILE --to DIR`: one archive, without a config, a store or a catalog. */
import { importArchive, type ImportResult } from "../archive/import/import-archive.ts";
import type { ImportLimits } from "../archive/import/limits.ts";
import type { ProtectedPlace } from "../archive/restore/protected-places.ts";
import { examineTarget } from "../archive/restore/target.ts";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { parseSize, SIZE_FORMS } from "../domain/size.ts";
import { systemProcessTable } from "../observability/process-identity.ts";
import { systemClock } from "../observability/system-clock.ts";
import { openForeign } from "../daemon/compose-encryption.ts";
import { openArchiveFile, type ArchiveFile } from "./archive-file.ts";
import { confirmReplace } from "./confirm-replace.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { ProgressLine } from "./progress.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

export interface ArchiveOptions {
  archive?: string;
  maxEntries?: string;
  maxSize?: string;
  keepSetuid?: boolean;
}

interface Options extends ArchiveOptions {
  to?: string;
  at?: string;
  point?: string;
  path?: string[];
  store?: string;
  replace?: boolean;
  special?: boolean;
  yes?: boolean;
  inPlace?: boolean;
  keepOld?: boolean;
  delta?: boolean;
}

export async function restoreArchive(
  context: VerbContext,
  options: Options,
  job: string | undefined,
): Promise<ExitCode> {
  const { to = "", archive = "", path, replace, yes, keepSetuid, special } = options;
  const limits = understand(options, job);
  const startedAt = systemClock.monotonic();
  const file = await openArchiveFile(archive, context.signal);
  try {
    const rules = {
      onExisting: replace === true ? ("replace" as const) : ("refuse" as const),
      protectedPlaces: file.path === undefined ? [] : [archivePlace(file.path)],
    };
    const target = await examineTarget(to, rules);
    await confirmReplace(context.terminal, target, { yes: yes === true });
    const progress = new ProgressLine(context.terminal, systemClock);
    const showsProgress = !context.json || context.terminal.stderr.isTTY === true;
    const result = await importArchive({
      ...{ ...rules, limits, keepSetuid, name: file.name, target: target.path, paths: path },
      chunks: contentOf(file, context),
      processes: systemProcessTable(),
      withDevices: special === true,
      signal: context.signal,
      onProgress({ files, bytes }) {
        if (showsProgress) progress.update(file.name, { phase: "restoring", files, bytes });
      },
    }).finally(() => progress.clear());
    const warnings = [...file.warnings, ...result.warnings];
    for (const warning of warnings) warnLine(context.terminal, warning);
    const durationMs = systemClock.monotonic() - startedAt;
    if (context.json) {
      const { entries, files, bytes } = result;
      const json = { archive: file.name, target: target.path, entries, files, bytes, durationMs, warnings };
      await printJson(context.terminal, json);
    } else await printLine(context.terminal, sentenceOf(result, { to: target.path, file, durationMs }));
    return warnings.length === 0 ? EXIT.done : EXIT.partial;
  } catch (error) {
    throw context.signal.aborted ? cancellation(context.signal, `Restoring ${file.name}`) : error;
  } finally {
    await file.close();
  }
}

/** Decrypted, where something is given that may decrypt it. */
function contentOf(
  file: ArchiveFile,
  { identityFiles, passphraseFile }: VerbContext,
): AsyncIterable<Uint8Array> {
  if (identityFiles.length === 0 && passphraseFile === undefined) return file.chunks();
  return openForeign(file.chunks(), { identityFiles, passphraseFile }, file.name);
}

/** Options that mean something only to an archive, beside a job. */
export function assertNoArchiveOptions({ maxEntries, maxSize, keepSetuid }: ArchiveOptions): void {
  if (maxEntries === undefined && maxSize === undefined && keepSetuid !== true) return;
  throw usage("--max-entries, --max-size and --keep-setuid are for archives", "name one with --archive FILE");
}

function understand(options: Options, job: string | undefined): Partial<ImportLimits> {
  const { to, at, point, store, archive, maxEntries, maxSize, path, replace, inPlace, keepOld, delta } =
    options;
  if (inPlace === true || keepOld === true || delta === true)
    throw usage(
      "--in-place, --keep-old and --delta are for a job's source, and an archive has none",
      "restore with --to",
    );
  if (job !== undefined) throw usage("a job and --archive are both given", "give one of them");
  if (at !== undefined || point !== undefined || store !== undefined)
    throw usage("--at, --point and --store choose among points, and --archive is one", "leave them out");
  if (archive?.trim() === "") throw usage("--archive is empty", "name a file");
  // An unset variable in a script must not become the current directory.
  if (to === undefined || to.trim() === "")
    throw usage(to === undefined ? "there is no target" : "--to is empty", "name one with --to DIRECTORY");
  if (replace === true && path !== undefined)
    throw usage(
      "--replace would remove everything else in the directory, and --path restores only a part",
      "restore the part to a new directory and copy it from there",
    );
  const maxBytes = maxSize === undefined ? undefined : parseSize(maxSize);
  if (maxSize !== undefined && maxBytes === undefined)
    throw usage(`--max-size is ${maxSize}`, `give a size: ${SIZE_FORMS}`);
  if (maxEntries !== undefined && !/^[1-9]\d{0,14}$/.test(maxEntries))
    throw usage(`--max-entries is ${maxEntries}`, "give a number");
  return {
    ...(maxBytes !== undefined && { maxBytes }),
    ...(maxEntries !== undefined && { maxEntries: Number(maxEntries) }),
  };
}

function usage(why: string, next: string): HoldfastError {
  return new HoldfastError("usage", { what: "Restoring", why, next });
}

function archivePlace(path: string): ProtectedPlace {
  return { kind: "archive", name: "the archive", path };
}

function sentenceOf(
  { files, bytes }: ImportResult,
  { to, file, durationMs }: { to: string; file: ArchiveFile; durationMs: number },
): string {
  const amount = `${formatCount(files, "file")}, ${formatSize(bytes)}`;
  const checked = file.point === undefined ? "" : `, whole by the digest of point ${file.point}`;
  return `Restored ${amount} to ${to} from ${file.name}${checked}, in ${formatDuration(durationMs)}.`;
}
