/** The source of a job that was discovered once and whose directory is gone: its runs fail until somebody says what is meant. */
import { hasCode, HoldfastError } from "../domain/errors.ts";
import { stackPrefix } from "../domain/recovery-point.ts";
import type { Source } from "../ports/source.ts";

/** Captures as ever should the directory come back. */
export function vanishedSource(source: Source, job: string, { stack }: { stack: string }): Source {
  const next =
    `mount it again, for its points are still kept; if it is gone for good, move ${stackPrefix(stack)}${job}/ out of every store, ` +
    "or name the jobs in a config file, and restart Holdfast";
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw hasCode(error, "source") ? new HoldfastError("source", { ...error.facts, next }) : error;
    }
  };
  return {
    kind: source.kind,
    capture: (request) => explained(source.capture(request)),
    inspect: (signal) => explained(source.inspect(signal)),
  };
}
