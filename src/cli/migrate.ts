/** `holdfast migrate offen FILE | archives DIR`: from docker-volume-backup to here. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { migrateOffen, type Migration } from "../config/offen/migrate-offen.ts";
import { printDraft } from "../config/offen/print-draft.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { foreignArchives, restoreCommand } from "../domain/foreign-archive.ts";
import { formatCount, formatSize } from "../domain/human-text.ts";
import { toIso } from "../domain/instant.ts";
import { EXIT } from "./exit-codes.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine, write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** Prints a config: nothing is written, started or stopped. */
export const migrateFromOffen: Verb<{ service?: string }, [file: string]> = async (
  context,
  { service },
  file,
) => {
  const { draft, services, jobs } = understood(file, service);
  const text = printDraft(draft, `What ${services.join(", ")} of ${file} does, for holdfast.yml.`);
  if (context.json) await printJson(context.terminal, { config: text, jobs, notes: draft.notes });
  else await write(context.terminal.stdout, text);
  const left =
    draft.notes.length === 0 ? "" : ` What to look at stands above it as TODO (${draft.notes.length}).`;
  const found = `${formatCount(jobs, "job")} of ${formatCount(services.length, "service")}.`;
  await write(context.terminal.stderr, `${found}${left}\n`);
  return EXIT.done;
};

/** Lists the archives of a directory, the newest first. They are only looked at. */
export const listArchives: Verb<object, [directory: string]> = async (context, _options, directory) => {
  const archives = foreignArchives(filesIn(directory));
  if (context.json) {
    const json = archives.map((archive) => ({
      ...archive,
      at: toIso(archive.at),
      encryption: archive.encryption ?? null,
      restore: restoreCommand(archive, join(directory, archive.name)),
    }));
    await printJson(context.terminal, { directory: resolve(directory), archives: json });
    return EXIT.done;
  }
  if (archives.length === 0) {
    await printLine(context.terminal, `There is no archive in ${directory}.`);
    return EXIT.done;
  }
  const columns = [
    { title: "ARCHIVE", value: ({ name }: { name: string }) => name },
    { title: "OF", value: ({ at }: { at: number }) => `${toIso(at).slice(0, 16).replace("T", " ")} UTC` },
    { title: "SIZE", value: ({ size }: { size: number }) => formatSize(size), align: "right" as const },
    { title: "RESTORE IT", value: ({ restore }: { restore: string }) => restore },
  ];
  const rows = archives.map((archive) => ({
    ...archive,
    restore: restoreCommand(archive, join(directory, archive.name)),
  }));
  await printLine(context.terminal, formatTable(rows, columns));
  return EXIT.done;
};

function understood(file: string, service: string | undefined): Migration {
  try {
    return migrateOffen({
      ...{ service, path: resolve(file), text: readFileSync(file, "utf8") },
      readFile: (path) => (isFile(path) ? readFileSync(path, "utf8") : undefined),
      listFiles: (directory) => {
        const found = statSync(directory, { throwIfNoEntry: false });
        return found?.isDirectory() === true
          ? readdirSync(directory).filter((name) => isFile(join(directory, name)))
          : [];
      },
    });
  } catch (error) {
    throw new HoldfastError("usage", {
      what: `Reading the Compose file ${file}`,
      why: messageOf(error),
      next: "name a Compose file with a service of docker-volume-backup, and --service if its image has another name",
      cause: error,
    });
  }
}

function filesIn(directory: string) {
  try {
    return readdirSync(directory).flatMap((name) => {
      const found = statSync(join(directory, name), { throwIfNoEntry: false });
      return found?.isFile() === true ? [{ name, size: found.size, modifiedAt: found.mtimeMs }] : [];
    });
  } catch (error) {
    throw new HoldfastError("usage", {
      what: `Looking for archives in ${directory}`,
      why: messageOf(error),
      next: "name the directory that docker-volume-backup keeps its archives in",
      cause: error,
    });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
