/** The ProcessTable of the running machine, from Linux's /proc. Elsewhere every other process is `unknown`. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../ports/process-identity.ts";

export function systemProcessTable(): ProcessTable {
  const self: ProcessIdentity = {
    host: hostname(),
    bootId: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pidNamespace: orEmpty(() => readlinkSync("/proc/self/ns/pid")),
    pid: process.pid,
    startTime: readProcess(process.pid)?.startTime ?? "",
  };
  return { self, fateOf: (other) => fateOf(other, self) };
}

function fateOf(other: ProcessIdentity, self: ProcessIdentity): ProcessFate {
  if (self.startTime !== "" && sameProcess(other, self)) return "alive";
  if (!isVisibleFrom(self, other)) return "unknown";
  if (!signalReaches(other.pid)) return "dead";
  const found = readProcess(other.pid);
  // It answers a signal but its entry is hidden (hidepid) or it ended just now: the next look will tell.
  if (found === undefined) return "unknown";
  return found.startTime === other.startTime && !found.ended ? "alive" : "dead";
}

/** Pids compare only under one kernel boot and within one pid namespace; clones of a machine differ by host. */
function isVisibleFrom(self: ProcessIdentity, other: ProcessIdentity): boolean {
  const told = self.bootId !== "" && self.pidNamespace !== "" && self.startTime !== "";
  return (
    told &&
    other.startTime !== "" &&
    other.host === self.host &&
    other.bootId === self.bootId &&
    other.pidNamespace === self.pidNamespace
  );
}

function sameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return (
    a.pid === b.pid &&
    a.startTime === b.startTime &&
    a.host === b.host &&
    a.bootId === b.bootId &&
    a.pidNamespace === b.pidNamespace
  );
}

function signalReaches(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * Fields 3 (state) and 22 (start in clock ticks since boot) of /proc/<pid>/stat, proc_pid_stat(5). Field 2 is the
 * command in parentheses and may itself hold spaces and parentheses, so counting starts after its last one.
 */
function readProcess(pid: number): { startTime: string; ended: boolean } | undefined {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  if (state === undefined || startTime === undefined) return undefined;
  return { startTime, ended: state === "Z" || state === "X" };
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
