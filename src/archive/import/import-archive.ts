/** Restores one tar, ours or anybody's, into a directory, with nothing but the archive: whole or not at all. */
import { statfs } from "node:fs/promises";

import { cancellation } from "../../domain/errors.ts";
import { isWithin } from "../byte-path.ts";
import { notInIndex, toSelection } from "../read-index.ts";
import { LossReport } from "../restore/loss-report.ts";
import { createMetadata } from "../restore/metadata.ts";
import { SpecialFiles } from "../restore/special-files.ts";
import { openStaging, type Staging, type StagingOptions } from "../restore/staging.ts";
import { targetError } from "../restore/target-error.ts";
import type { RestoreCounts } from "../restore/worker-channel.ts";
import { memberError, printable } from "./import-error.ts";
import { Budget, DEFAULT_MAX_ENTRIES, type ImportLimits } from "./limits.ts";
import { MemberWriter } from "./member-writer.ts";
import { openArchive } from "./open-archive.ts";
import { MemberReader, type Member } from "./read-members.ts";
import { WarningList } from "./warning-list.ts";

export interface ImportArchiveOptions extends StagingOptions {
  /** As messages call it. */
  name: string;
  /** Its bytes, as they are stored. */
  chunks: AsyncIterable<Uint8Array>;
  target: string;
  /** Files or subtrees; all of it without them. */
  paths?: readonly string[] | undefined;
  limits?: Partial<ImportLimits> | undefined;
  /** Keep setuid and setgid bits of files, where this process may set them. */
  keepSetuid?: boolean | undefined;
  /** Device nodes are restored too; otherwise they are a warning. */
  withDevices?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((counts: RestoreCounts) => void) | undefined;
}

export interface ImportResult extends RestoreCounts {
  warnings: string[];
}

/**
 * Nothing of the target is touched before all of the archive was read and is on the disk. A failed or cancelled import
 * leaves the target as it was and nothing beside it, or says what is where.
 */
export async function importArchive(options: ImportArchiveOptions): Promise<ImportResult> {
  const { target, signal } = options;
  if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
  const staging = await openStaging(target, options);
  try {
    const { counts, warnings } = await writeStaged(options, staging);
    await staging.sync();
    if (signal?.aborted) throw cancellation(signal, `Restoring to ${target}`);
    return { ...counts, warnings: [...staging.warnings, ...warnings, ...(await staging.swap())] };
  } catch (error) {
    throw targetError(target, error, await staging.discard());
  }
}

async function writeStaged(
  options: ImportArchiveOptions,
  { directory }: Staging,
): Promise<{ counts: RestoreCounts; warnings: string[] }> {
  const { name, chunks, keepSetuid = false, paths, signal } = options;
  const isRoot = process.geteuid?.() === 0;
  const losses = new LossReport();
  const metadata = createMetadata({ isRoot, losses });
  const specials = new SpecialFiles({ withDevices: options.withDevices === true, losses });
  const warnings = new WarningList();
  const selection = new Selection(paths);
  const budget = new Budget(name, await limitsFor(directory, options.limits));
  const reader = new MemberReader(interruptible(openArchive(chunks, name), signal), {
    archive: name,
    budget,
  });
  const root = Buffer.from(directory).toString("latin1");
  const warn = (message: string): void => warnings.add(message);
  const rights = { keepSetuid: keepSetuid && isRoot };
  const writer = new MemberWriter({ root, archive: name, metadata, specials, warn, ...rights });
  try {
    await copyMembers(reader, writer, { ...options, selection, warnings, losses, budget });
    writer.finish();
    if (writer.withoutSetuid > 0) {
      const how = isRoot ? "--keep-setuid keeps them" : "only root may restore them";
      warnings.add(`setuid and setgid were left out of ${writer.withoutSetuid} modes: ${how}`);
    }
    if (writer.withoutPrivileged > 0) {
      const what = "extended attributes that only root may set, such as file capabilities, were left out";
      warnings.add(`${what} of ${writer.withoutPrivileged} entries: --keep-setuid keeps them for root`);
    }
    return {
      counts: writer.counts,
      warnings: [...metadata.warnings(), ...reader.warnings, ...warnings.all()],
    };
  } finally {
    writer.close();
    await reader.close();
  }
}

interface Copying extends Pick<ImportArchiveOptions, "signal" | "onProgress"> {
  selection: Selection;
  warnings: WarningList;
  losses: LossReport;
  budget: Budget;
}

async function copyMembers(reader: MemberReader, writer: MemberWriter, copying: Copying): Promise<void> {
  const { selection, warnings, losses, budget, signal, onProgress } = copying;
  let absolute = 0;
  for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
    if (signal?.aborted) throw cancellation(signal, "Restoring");
    if (!selection.takes(member)) continue;
    if (member.wasAbsolute) absolute += 1;
    budget.content(member.size);
    if (member.type === "unknown") {
      warnings.add(`${printable(member.path)} was left out: it is of a type that is not known here`);
      continue;
    }
    if (member.hasTextAcl) losses.add("ACLs", printable(member.path), "they are there as text only");
    try {
      await writer.write(member, reader.content());
    } catch (error) {
      throw memberError(member.path, error);
    }
    onProgress?.(writer.counts);
  }
  selection.assertAllFound();
  if (absolute > 0) warnings.add(`${absolute} absolute names were taken as relative to the target`);
}

async function* interruptible(
  content: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  for await (const bytes of content) {
    if (signal?.aborted) throw cancellation(signal, "Restoring");
    yield bytes;
  }
}

async function limitsFor(directory: string, limits: Partial<ImportLimits> = {}): Promise<ImportLimits> {
  const { maxEntries = DEFAULT_MAX_ENTRIES, maxBytes } = limits;
  if (maxBytes !== undefined) return { maxEntries, maxBytes };
  const { bavail, bsize } = await statfs(directory);
  return { maxEntries, maxBytes: bavail * bsize };
}

/** The paths that were asked for. */
class Selection {
  readonly #wanted: { path: string; bytes: string; found: boolean }[] | undefined;

  constructor(paths: readonly string[] | undefined) {
    this.#wanted = paths?.map((path) => ({ path, bytes: toSelection(path), found: false }));
  }

  /** Those paths, all below them, and the directories above them. */
  takes({ path, type }: Member): boolean {
    if (this.#wanted === undefined) return true;
    const hits = this.#wanted.filter(({ bytes }) => isWithin(path, bytes));
    for (const hit of hits) hit.found = true;
    return (
      hits.length > 0 || (type === "directory" && this.#wanted.some(({ bytes }) => isWithin(bytes, path)))
    );
  }

  assertAllFound(): void {
    const missing = this.#wanted?.find(({ found }) => !found);
    if (missing !== undefined) throw notInIndex(missing.path);
  }
}
