/** restic with a local repository and its own defaults; it always encrypts. */
import { join } from "node:path";
import type { Command, ToolKind } from "./tool.ts";

export const restic: ToolKind = {
  name: "restic",
  versionCommand: { program: "restic", args: ["version"] },
  debianPackage: "restic",
  create: (place) => {
    const repository = join(place, "repository");
    const command = (...args: string[]): Command => ({
      program: "restic",
      args: ["--quiet", "--repo", repository, "--cache-dir", join(place, "cache"), ...args],
      env: { RESTIC_PASSWORD: "bench" },
    });
    return {
      name: "restic",
      repository,
      initialize: () => command("init"),
      // From within the tree, so that names in the snapshot are relative to it.
      backup: (tree) => ({ ...command("backup", "."), cwd: tree }),
      restore: (target) => command("restore", "latest", "--target", target),
      restoreFile: (path, target) => intoFile(command("dump", "latest", `/${path}`), join(target, "file")),
    };
  },
};

function intoFile({ program, args, ...rest }: Command, file: string): Command {
  const script = 'file=$1; shift; exec "$@" > "$file"';
  return { ...rest, program: "bash", args: ["-c", script, "bash", file, program, ...args] };
}
