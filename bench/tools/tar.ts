/** `tar | zstd`: no index, no increments; what a careful user would write by hand. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command, ToolKind } from "./tool.ts";

export const tar: ToolKind = {
  name: "tar + zstd",
  versionCommand: shell("tar --version | head -n 1; zstd --version | grep -o 'v[0-9.]*' | sed 's/v/zstd /'"),
  debianPackage: "tar zstd",
  create: (place) => {
    const repository = join(place, "archives");
    const archive = join(repository, "archive.tar.zst");
    mkdirSync(repository);
    return {
      name: "tar + zstd",
      repository,
      backup: (tree) => shell('tar -c -C "$1" . | zstd -q -f -T0 -3 -o "$2"', tree, archive),
      restore: (target) => shell('zstd -q -dc "$1" | tar -x -C "$2"', archive, target),
    };
  },
};

function shell(script: string, ...args: string[]): Command {
  return { program: "bash", args: ["-e", "-o", "pipefail", "-c", script, "bash", ...args] };
}
