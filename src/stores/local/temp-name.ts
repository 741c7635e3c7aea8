/**
 * Names of files that are being written. They carry their writer, so that what a killed process left behind is told
 * from what a living one is writing just now. Such names are never keys.
 */
import { createHash, randomBytes } from "node:crypto";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../../ports/process-identity.ts";

const TEMP_PREFIX = ".holdfast-tmp-";
const TEMP_PATTERN = /^\.holdfast-tmp-(?<machine>[0-9a-f]{12})-(?<pid>\d+)-(?<start>\d*)-[0-9a-f]{16}$/;

export function isTempName(name: string): boolean {
  return name.startsWith(TEMP_PREFIX);
}

/** Unique in time and among processes. */
export function tempName(writer: ProcessIdentity): string {
  const unique = randomBytes(8).toString("hex");
  return `${TEMP_PREFIX}${machineOf(writer)}-${writer.pid}-${writer.startTime}-${unique}`;
}

/** Whether the process that made this name still runs; `unknown` when it ran elsewhere. */
export function writerFate(name: string, processes: ProcessTable): ProcessFate {
  const { machine, pid, start } = TEMP_PATTERN.exec(name)?.groups ?? {};
  if (machine !== machineOf(processes.self) || pid === undefined || start === undefined) return "unknown";
  return processes.fateOf({ ...processes.self, pid: Number(pid), startTime: start });
}

/** Where pids can be compared: one boot of one host, one pid namespace. */
function machineOf({ host, bootId, pidNamespace }: ProcessIdentity): string {
  return createHash("sha256").update([host, bootId, pidNamespace].join("\n")).digest("hex").slice(0, 12);
}
