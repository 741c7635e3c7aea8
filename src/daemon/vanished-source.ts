/** The source of a job that was there once and whose directory or volume is gone: its runs fail until somebody says what is meant. */
import { hasCode, HoldfastError } from "../domain/errors.ts";
import { stackPrefix } from "../domain/recovery-point.ts";
import type { Source } from "../ports/source.ts";

export interface Vanished {
  job: string;
  stack: string;
  /** Full name of the volume; undefined where it was a directory. */
  volume: string | undefined;
}

/** Captures as ever should the directory come back. */
export function vanishedSource(source: Source, { job, stack, volume }: Vanished): Source {
  const points = `${stackPrefix(stack)}${job}/`;
  const next =
    volume === undefined
      ? `mount it again, for its points are still kept; if it is gone for good, move ${points} out of every store, ` +
        "or name the jobs in a config file, and restart Holdfast"
      : `make it again, for its points are still kept; if it is gone for good, add ${volume} to what the job for the whole stack ` +
        `excludes, or move ${points} out of every store`;
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw hasCode(error, "source") ? new HoldfastError("source", { ...error.facts, next }) : error;
    }
  };
  return {
    kind: source.kind,
    holdsItself: source.holdsItself,
    capture: (request) => explained(source.capture(request)),
    inspect: (signal) => explained(source.inspect(signal)),
  };
}
