/** A file beside a live database as it was copied, with what is needed to tell later that it is still what was copied. */
import { createHash } from "node:crypto";

import type { CapturedMember } from "../database-capture.ts";
import { CannotCapture } from "./cannot-capture.ts";
import { withLiveFile } from "./live-file.ts";
import { readPrefix } from "./scratch.ts";

export interface CopiedSideFile extends CapturedMember {
  /** How much of the live file the copy holds. */
  length: number;
  sha256: string;
}

/** Throws where it is another file now, or does not begin any more with what was copied. `called` names it in the sentence. */
export async function lookAgainAt(
  path: Buffer,
  { stats, length, sha256 }: CopiedSideFile,
  { called, mayGrow, signal }: { called: string; mayGrow: boolean; signal: AbortSignal },
): Promise<void> {
  await withLiveFile(path, async (live) => {
    if (live === undefined || live.stats.ino !== stats.ino || live.stats.dev !== stats.dev)
      throw new CannotCapture("busy", `its ${called} was removed or replaced`);
    if (!mayGrow && live.stats.size !== stats.size)
      throw new CannotCapture("busy", `its ${called} has changed its size`);
    const digest = createHash("sha256");
    await readPrefix(live.handle, length, { signal, inspect: (chunk) => void digest.update(chunk) });
    if (digest.digest("hex") !== sha256) throw new CannotCapture("busy", `its ${called} was rewritten`);
  });
}
