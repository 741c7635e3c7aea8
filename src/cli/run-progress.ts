/** Runs that a person waits for: their progress and warnings on stderr. */
import { systemClock } from "../observability/system-clock.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { ProgressLine } from "./progress.ts";
import { warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

export function showRuns({ terminal, json }: VerbContext): RunObserver {
  const lines = new Map<string, ProgressLine>();
  const clear = (id: string) => lines.get(id)?.clear();
  return {
    runStarted: ({ id }) => lines.set(id, new ProgressLine(terminal, systemClock)),
    runProgress({ id, job }, progress) {
      if (!json || terminal.stderr.isTTY === true) lines.get(id)?.update(job, progress);
    },
    runWarned({ id }, message) {
      clear(id);
      warnLine(terminal, message);
    },
    runFinished({ id }) {
      clear(id);
      lines.delete(id);
    },
  };
}
