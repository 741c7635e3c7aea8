/** A process as a part of a file's name: so that what a killed one left behind is told from what a living one is writing. */
import { createHash } from "node:crypto";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "./process-identity.ts";

/** What `processMark` makes, as a part of a regular expression. */
export const PROCESS_MARK = "[0-9a-f]{12}-\\d+-\\d*";

export function processMark(process: ProcessIdentity): string {
  return `${machineOf(process)}-${process.pid}-${process.startTime}`;
}

/** Whether the process with this mark still runs; `unknown` when it ran elsewhere. */
export function fateOfMark(mark: string, processes: ProcessTable): ProcessFate {
  const [machine, pid, startTime] = mark.split("-");
  if (machine !== machineOf(processes.self) || pid === undefined || startTime === undefined) return "unknown";
  return processes.fateOf({ ...processes.self, pid: Number(pid), startTime });
}

/** Where pids can be compared: one boot of one host, one pid namespace. */
function machineOf({ host, bootId, pidNamespace }: ProcessIdentity): string {
  return createHash("sha256").update([host, bootId, pidNamespace].join("\n")).digest("hex").slice(0, 12);
}
