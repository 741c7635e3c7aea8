/** Runs one command to its end and says what it took: a whole process, start-up included. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Command } from "./tools/tool.ts";

export interface Measure {
  seconds: number;
  /** User and system time, of all its threads and children. */
  cpuSeconds: number;
  /** The most memory resident at once; of a pipeline, of its largest process. */
  peakBytes: number;
  /** To disks; what is written to memory file systems and networks is not counted. */
  writtenBytes: number;
}

/** GNU time rather than a wait of our own: a process that Node starts inherits Node's peak memory as its own. */
export const TIME = "/usr/bin/time";
/** In which the kernel counts what is written. */
const BLOCK_BYTES = 512;
const FORMAT = "\nmeasured %U %S %M %O";

export async function measure(command: Command, signal: AbortSignal): Promise<Measure> {
  const startedAt = process.hrtime.bigint();
  const errors = await run(
    { ...command, program: TIME, args: ["-f", FORMAT, command.program, ...command.args] },
    signal,
  );
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const [, user, system, peakKiB, blocks] =
    /\nmeasured (\S+) (\S+) (\S+) (\S+)\s*$/.exec(errors.stderr) ?? [];
  if (peakKiB === undefined) throw new Error(`${TIME} printed no figures: is it GNU time?`);
  return {
    seconds,
    cpuSeconds: Number(user) + Number(system),
    peakBytes: Number(peakKiB) * 1024,
    writtenBytes: Number(blocks) * BLOCK_BYTES,
  };
}

export async function run(
  { program, args, cwd, env }: Command,
  signal: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  signal.throwIfAborted();
  // In a process group of its own, so that cancelling ends also what it started.
  const child = spawn(program, args, {
    cwd,
    env: { ...withoutOurs(process.env), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const endGroup = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGTERM"));
  signal.addEventListener("abort", endGroup);
  try {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    signal.throwIfAborted();
    if (child.exitCode === 0) return { stdout, stderr };
    const said = (stdout + stderr).slice(-2000);
    throw new Error(`${program} ${args.join(" ")} failed (${child.exitCode}): ${said}`);
  } finally {
    signal.removeEventListener("abort", endGroup);
  }
}

/** A configuration of the user's own must not reach into the bench. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => /^(HOLDFAST_|RESTIC_|BORG_|COMPOSE_PROJECT_NAME$)/.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOurs(name)));
}
