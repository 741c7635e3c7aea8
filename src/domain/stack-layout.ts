/** Where the files of a stack are laid when it is made again in another directory. */
import type { CopiedFile, StackDescription } from "./stack-facts.ts";

export interface LaidFile {
  /** In the point. */
  copy: string;
  /** Relative to the new directory. */
  to: string;
}

/** Each where it was below the directory of the project; one from elsewhere is laid beside them. */
export function layoutOf({ composeFiles, configFile, workingDirectory }: StackDescription): LaidFile[] {
  const of = ({ copy, path }: CopiedFile): LaidFile[] =>
    copy === undefined ? [] : [{ copy, to: laidAt(path, workingDirectory) }];
  const config =
    configFile === undefined ? [] : of({ ...configFile, path: configFile.onHost ?? configFile.path });
  return [...composeFiles.flatMap(of), ...config];
}

/** Relative to the new directory. Nothing that a point says leads out of it. */
export function laidAt(path: string, directory: string | undefined): string {
  const base = path.split("/").at(-1) ?? "";
  const name = /^\.{0,2}$/.test(base) ? "file" : base;
  if (directory === undefined || !path.startsWith(`${directory}/`)) return name;
  const parts = path.slice(directory.length + 1).split("/");
  return parts.some((part) => /^\.{0,2}$/.test(part)) ? name : parts.join("/");
}

/** The options of `docker compose` for the stack in its new directory. */
export function composeOptions(description: StackDescription): string {
  const files = description.composeFiles.flatMap(({ path, copy }) =>
    copy === undefined ? [] : `--file ${laidAt(path, description.workingDirectory)}`,
  );
  return [`--project-name ${description.project}`, ...files].join(" ");
}
