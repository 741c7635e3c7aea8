/** A process that is held still as the kernel's freezer does it: all of its threads. */
import { readdirSync, readFileSync } from "node:fs";

const LIMIT_MS = 10_000;

/** Returns once no thread of it runs any more. */
export function holdProcess(pid: number): void {
  process.kill(pid, "SIGSTOP");
  for (const deadline = performance.now() + LIMIT_MS; !isStopped(pid);)
    if (performance.now() > deadline) throw new Error("The writer does not stop.");
}

/** One that was killed while it was held is past that. */
export function letGoOn(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).every((task) => {
    const stat = readFileSync(`${tasks}/${task}/stat`, "latin1");
    // The state follows the name, which is in parentheses and may hold any character.
    return stat.charAt(stat.lastIndexOf(")") + 2) === "T";
  });
}
