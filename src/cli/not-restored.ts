/** What to throw for a container that was to restore a source, and has not. */
import { HoldfastError } from "../domain/errors.ts";
import { EXIT } from "./exit-codes.ts";

/** A container that was killed has left what nobody knows; one that ended by itself has put back what was there before. */
export function notRestored(job: string, exitCode: number, last: string): HoldfastError {
  const what = `Restoring job ${job}`;
  const isOwn = Object.values(EXIT).some((code) => code === exitCode);
  const ended = `the container that restores ended with exit code ${exitCode}`;
  if (!isOwn) {
    const next = "see whether the machine has enough memory, and whether somebody removed it";
    return new HoldfastError("runtime", { what, why: `${ended}: it was killed`, next, transient: true });
  }
  const said = last.replace(/^holdfast: /, "").replace(`${what} failed: `, "");
  return new HoldfastError("source", { what, why: said === "" ? ended : said });
}
