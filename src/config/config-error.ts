/** Everything that is wrong with a config, thrown as one error: a line for each mistake. */
import { HoldfastError } from "../domain/errors.ts";

export interface ConfigProblem {
  /** Dotted: `jobs.data.retention.daily`, `jobs.data.stores[1]`. Empty for the file as a whole. */
  path: string;
  /** Of the config file, from 1; absent where the file has no such place. */
  line?: number;
  /** Where it was said, when not in the file: `service app, label holdfast.jobs.data.schedule`. */
  place?: string;
  /** What was expected, what stood there, and the nearest known name. Holds no secret. */
  message: string;
}

/** Where a value stands in the config. */
export type ConfigPath = readonly (string | number)[];

export class ConfigError extends HoldfastError {
  readonly problems: readonly ConfigProblem[];

  constructor(where: string, problems: readonly ConfigProblem[]) {
    const count = `${problems.length} ${problems.length === 1 ? "mistake" : "mistakes"} in ${where}`;
    super("usage", { what: "Understanding the config", why: count });
    this.name = "ConfigError";
    this.problems = problems;
    this.message = [`${count}:`, ...problems.map((problem) => `  ${problemLine(problem)}`)].join("\n");
  }
}

/** `path (line N): message`; with its place instead of path and line where it was not said in the file. */
export function problemLine({ path, line, place, message }: ConfigProblem): string {
  if (place !== undefined) return `${place}: ${message}`;
  if (path === "") return line === undefined ? message : `line ${line}: ${message}`;
  return line === undefined ? `${path}: ${message}` : `${path} (line ${line}): ${message}`;
}

/** Names that hold dots or spaces are quoted, so that a path can only be read in one way. */
export function pathText(path: ConfigPath): string {
  return path.map((part, index) => segment(part, index === 0)).join("");
}

function segment(part: string | number, first: boolean): string {
  if (typeof part === "number") return `[${part}]`;
  if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
  return first ? part : `.${part}`;
}
