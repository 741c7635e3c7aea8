/** Jobs without a config: every directory directly under the source root is a volume job. */
import { join } from "node:path";
import { HoldfastError } from "../domain/errors.ts";
import { whyUnreadable, type ConfigFiles } from "./files.ts";
import type { Finding } from "./problems.ts";
import { isMap } from "./schema-walk.ts";

/** Daily at 02:00, kept 14 days: what a job gets that nobody has said anything about. */
const DISCOVERED = { schedule: "0 2 * * *", retention: { within: "14d" } };

const LONGEST_NAME = 63;

/** Whether jobs are to be made of directories: the file names none, or there is no file. */
export function isDiscovery(config: unknown): config is Record<string, unknown> {
  return isMap(config) && !Object.hasOwn(config, "jobs");
}

/** Those of the jobs seen before that no directory stands for any more. */
export function vanished(jobsSeen: readonly string[], directories: readonly string[]): string[] {
  const present = new Set(directories.map(jobNameOf));
  return jobsSeen.filter((name) => !present.has(name));
}

/** Names of the directories that jobs are made of. */
export async function sourceDirectories(files: ConfigFiles, sourceRoot: string): Promise<string[]> {
  try {
    return await files.directories(sourceRoot);
  } catch (error) {
    throw new HoldfastError("usage", {
      what: `Looking for directories to back up in ${sourceRoot}`,
      why: whyUnreadable(error),
      next: "check the mount and its permissions, or name the jobs in a config file",
      cause: error,
    });
  }
}

/** The config with a job for each directory; what its own `defaults` say about schedule or retention comes first. */
export function withDiscoveredJobs(
  config: Record<string, unknown>,
  sourceRoot: string,
  directories: readonly string[],
): { value: Record<string, unknown>; findings: Finding[] } {
  const findings: Finding[] = [];
  const byName = new Map<string, string>();
  for (const directory of directories) {
    const name = jobNameOf(directory);
    const twin = byName.get(name);
    if (name === "") findings.push(unnamable(sourceRoot, directory));
    else if (twin !== undefined) findings.push(collision(sourceRoot, directory, twin, name));
    else byName.set(name, directory);
  }
  const jobs = [...byName].map(([name, directory]) => {
    return [name, { source: { kind: "volume", path: join(sourceRoot, directory) } }] as const;
  });
  const { defaults = {} } = config;
  const completed = isMap(defaults) ? { ...DISCOVERED, ...defaults } : defaults;
  const named = jobs.length === 0 ? {} : { jobs: Object.fromEntries(jobs) };
  return { value: { ...config, defaults: completed, ...named }, findings };
}

/** Lowercase, with a hyphen for what a job's name cannot hold; empty when nothing is left. */
function jobNameOf(directory: string): string {
  const plain = directory.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9_.-]+/g, "-").replace(/^[^a-z0-9]+/, "");
  return name.slice(0, LONGEST_NAME).replace(/-+$/, "");
}

const ADVICE = "name the jobs in a config file";

function unnamable(root: string, directory: string): Finding {
  const expected = `expected a directory of ${root} whose name holds a letter from a to z or a digit`;
  return { path: ["jobs", directory], message: `${expected}, got ${JSON.stringify(directory)}; ${ADVICE}` };
}

function collision(root: string, directory: string, twin: string, name: string): Finding {
  const message = `expected directories of ${root} with different names, got ${JSON.stringify(twin)} too: both would be job ${name}`;
  return { path: ["jobs", directory], message: `${message}; ${ADVICE}` };
}
