/** Which tools are here to be measured against, and in which versions. */
import { existsSync } from "node:fs";
import { TOOL } from "../src/cli/tool.ts";
import { run, TIME } from "./measure.ts";
import { borg } from "./tools/borg.ts";
import { restic } from "./tools/restic.ts";
import { tar } from "./tools/tar.ts";
import type { ToolKind } from "./tools/tool.ts";

export interface FoundTools {
  peers: ToolKind[];
  versions: string[];
  /** A sentence for each that is not here. */
  missing: string[];
}

export async function findTools(signal: AbortSignal): Promise<FoundTools> {
  if (!existsSync(TIME)) throw new Error(`The bench measures with GNU time: apt-get install time`);
  const found: FoundTools = {
    peers: [],
    versions: [`${TOOL.name} ${TOOL.version} on Node ${process.version}`],
    missing: [],
  };
  for (const kind of [tar, restic, borg]) {
    try {
      const { stdout } = await run(kind.versionCommand, signal);
      found.versions.push(stdout.trim().split("\n").join(", "));
      found.peers.push(kind);
    } catch (error) {
      signal.throwIfAborted();
      found.missing.push(
        `${kind.name} is left out: apt-get install ${kind.debianPackage} (${String(error)})`,
      );
    }
  }
  return found;
}
