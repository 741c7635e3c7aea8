/** borg with a local repository, unencrypted, and its own defaults otherwise. */
import { join } from "node:path";
import type { Command, ToolKind } from "./tool.ts";

export const borg: ToolKind = {
  name: "borg",
  versionCommand: { program: "borg", args: ["--version"] },
  debianPackage: "borgbackup",
  create: (place) => {
    const repository = join(place, "repository");
    const command = (...args: string[]): Command => ({
      program: "borg",
      args,
      env: { BORG_BASE_DIR: place, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes" },
    });
    let archives = 0;
    const newest = (): string => `${repository}::archive-${archives}`;
    return {
      name: "borg",
      repository,
      initialize: () => command("init", "--encryption", "none", repository),
      backup: (tree) => {
        archives += 1;
        return { ...command("create", newest(), "."), cwd: tree };
      },
      restore: (target) => ({ ...command("extract", newest()), cwd: target }),
      restoreFile: (path, target) => ({ ...command("extract", newest(), path), cwd: target }),
    };
  },
};
