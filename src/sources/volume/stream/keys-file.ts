/**
 * How a container that captures is told the keys of encrypted databases: by a file in a directory that only the two of them have.
 * Its command line, environment and labels are no place for a secret: whoever may ask the engine sees them.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { HoldfastError, messageOf } from "../../../domain/errors.ts";
import type { DirectoryOptions } from "../options.ts";

/** One of each rule, in their order. */
type Keys = readonly (string | null)[];

export function hasKeys(options: Pick<DirectoryOptions, "embeddedDatabases">): boolean {
  return keysOf(options).some((key) => key !== null);
}

/** Gives the file's path; undefined where there are none, or no room: who is not told keys captures all the same. */
export async function leaveKeys(
  directory: string,
  options: Pick<DirectoryOptions, "embeddedDatabases">,
): Promise<string | undefined> {
  if (!hasKeys(options)) return undefined;
  const path = join(directory, "keys");
  return writeFile(path, JSON.stringify(keysOf(options)), { mode: 0o600, flag: "wx" }).then(
    () => path,
    () => undefined,
  );
}

/** The options with their keys, as `withoutKeys` took them away. The file is gone then, where this user may remove it. */
export async function takeKeys(path: string, options: DirectoryOptions): Promise<DirectoryOptions> {
  const keys = JSON.parse(await readFile(path, "utf8").catch(unreadable)) as Keys;
  // Who has left it removes it at the end, at the latest.
  await rm(path).catch(() => undefined);
  return withRules(options, (rule, index) => ({ ...rule, key: keys[index] ?? undefined }));
}

export function withoutKeys(options: DirectoryOptions): DirectoryOptions {
  return withRules(options, (rule) => ({ ...rule, key: undefined }));
}

type EmbeddedDatabases = Exclude<DirectoryOptions["embeddedDatabases"], string | undefined>;
type Rule = EmbeddedDatabases["rules"][number];

function withRules(options: DirectoryOptions, change: (rule: Rule, index: number) => Rule): DirectoryOptions {
  const { embeddedDatabases } = options;
  if (embeddedDatabases === undefined || typeof embeddedDatabases === "string") return options;
  return {
    ...options,
    embeddedDatabases: { ...embeddedDatabases, rules: embeddedDatabases.rules.map(change) },
  };
}

function keysOf({ embeddedDatabases }: Pick<DirectoryOptions, "embeddedDatabases">): Keys {
  if (embeddedDatabases === undefined || typeof embeddedDatabases === "string") return [];
  return embeddedDatabases.rules.map(({ key }) => key ?? null);
}

function unreadable(error: unknown): never {
  throw new HoldfastError("source", {
    what: "Reading the keys of databases in the container that captures them",
    why: messageOf(error),
    next: "put `scratch` on a volume of the Holdfast service",
    cause: error,
  });
}
