/** A server of stores on the loopback interface, in processes of its own. */
import { readFileSync } from "node:fs";
import type { Command } from "../tools/tool.ts";

export interface StoreServer {
  name: string;
  /** The store's options in a config. */
  options: Record<string, unknown>;
  /** Puts and gets one file with as little else as possible: what the server can do at most. */
  put(file: string): Command;
  get(target: string): Command;
  /** User and system time so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const TICKS_PER_SECOND = 100;

/** Of a process that runs and of those of its children that have ended. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which two were cut off.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}
