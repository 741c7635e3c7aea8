/** Stock `age` and `gpg`, as they are in Debian: what Holdfast encrypts has to be decrypted by them. */
import { spawnSync } from "node:child_process";
import { missingPrograms } from "./documented-commands.ts";

/** For the title of tests that need them; throws in CI, where they have to be there. */
export function stockTools(...names: string[]): { areMissing: boolean; title: string } {
  const missing = missingPrograms(...names);
  if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`there is no ${missing.join()}`);
  const title = missing.length > 0 ? ` (this machine has no ${missing.join()})` : "";
  return { areMissing: missing.length > 0, title };
}

/** What the program writes; throws what it complains of. */
export function runTool(program: string, args: readonly string[], input?: Buffer): Buffer {
  const ended = spawnSync(program, args, { input, maxBuffer: 2 ** 28 });
  if (ended.status === 0) return ended.stdout;
  throw new Error(`${program} ended with ${ended.status}: ${ended.stderr.toString()}`);
}
