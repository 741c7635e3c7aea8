/** The ProcessTable of the running machine, from Linux's /proc. Elsewhere every other process is `unknown`. */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessFate, ProcessIdentity, ProcessTable } from "../ports/process-identity.ts";
import { ownContainerTraces } from "./own-container.ts";

/** `proc`: where the system shows its processes. */
export function systemProcessTable(proc = "/proc"): ProcessTable {
  const self: ProcessIdentity = {
    host: hostname(),
    bootId: orEmpty(() => readFileSync(`${proc}/sys/kernel/random/boot_id`, "utf8").trim()),
    pidNamespace: orEmpty(() => readlinkSync(`${proc}/self/ns/pid`)),
    container: containerMark(proc),
    pid: process.pid,
    startTime: readProcess(proc, process.pid)?.startTime ?? "",
  };
  return { self, fateOf: (other) => fateOf(other, self, proc) };
}

/**
 * Neither trace alone will do: containers that share a network share the id, and engines that know nothing of each other may name
 * their layers alike. Hashed, since it is written where others read it.
 */
function containerMark(proc: string): string {
  const { id, layer } = ownContainerTraces(proc);
  if (id === undefined || layer === undefined) return "";
  return createHash("sha256").update(`${id}\n${layer}`).digest("hex").slice(0, 32);
}

function fateOf(other: ProcessIdentity, self: ProcessIdentity, proc: string): ProcessFate {
  if (self.startTime !== "" && sameProcess(other, self)) return "alive";
  if (!isVisibleFrom(self, other)) return isOfEarlierStart(other, self, proc) ? "dead" : "unknown";
  if (!signalReaches(other.pid)) return "dead";
  const found = readProcess(proc, other.pid);
  // It answers a signal but its entry is hidden (hidepid) or it ended just now: the next look will tell.
  if (found === undefined) return "unknown";
  return found.startTime === other.startTime && !found.ended ? "alive" : "dead";
}

/** Pids compare only under one kernel boot and within one pid namespace. */
function isVisibleFrom(self: ProcessIdentity, other: ProcessIdentity): boolean {
  return isOfThisBoot(other, self) && other.pidNamespace === self.pidNamespace;
}

/** Clones of a machine differ by host. */
function isOfThisBoot(other: ProcessIdentity, self: ProcessIdentity): boolean {
  const told = [self, other].every(
    (one) => one.bootId !== "" && one.pidNamespace !== "" && one.startTime !== "",
  );
  return told && other.host === self.host && other.bootId === self.bootId;
}

/**
 * Each start of a container makes a pid namespace, and the end of its first process kills all the others of it. One that is older than
 * the first process of ours, in the same container, is of an earlier start: whatever is beside us in a namespace of its own is younger.
 */
function isOfEarlierStart(other: ProcessIdentity, self: ProcessIdentity, proc: string): boolean {
  if (self.container === "" || other.container !== self.container || !isOfThisBoot(other, self)) return false;
  const first = readProcess(proc, 1);
  return first !== undefined && Number(other.startTime) < Number(first.startTime);
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
function readProcess(proc: string, pid: number): { startTime: string; ended: boolean } | undefined {
  const stat = orEmpty(() => readFileSync(`${proc}/${pid}/stat`, "utf8"));
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
