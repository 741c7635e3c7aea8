/** The story in its order, and what of it did not hold. */
import { backups } from "./chapters/backups.ts";
import type { Chapter } from "./chapters/chapter.ts";
import { data } from "./chapters/data.ts";
import { outage } from "./chapters/outage.ts";
import { pruning } from "./chapters/pruning.ts";
import { recovery } from "./chapters/recovery.ts";
import { restore } from "./chapters/restore.ts";
import type { Stage } from "./stage.ts";

const CHAPTERS: readonly Chapter[] = [data, backups, pruning, outage, recovery, restore];

/**
 * Plays the chapters up to the first that fails, since each goes on from the one before. Returns one line for each that
 * did not hold or was not played; throws only when the demo was cancelled.
 */
export async function playStory(stage: Stage): Promise<string[]> {
  for (const [at, chapter] of CHAPTERS.entries()) {
    stage.screen.heading(`${at + 1}/${CHAPTERS.length}  ${chapter.title}`);
    try {
      await chapter.play(stage);
    } catch (error) {
      stage.signal.throwIfAborted();
      const failure = error instanceof Error ? error.message : String(error);
      stage.screen.line("FAILED", failure);
      const rest = CHAPTERS.slice(at + 1).map(({ title }) => `${title}: not played`);
      return [`${chapter.title}: ${failure}`, ...rest];
    }
  }
  return [];
}
