/** `defaults` under every job: maps are merged at every depth, everything else is replaced. */
import { isMap } from "./schema-walk.ts";

/** The config with its defaults put into each job; jobs that are not maps are left for the schema to refuse. */
export function withDefaults(config: Record<string, unknown>): Record<string, unknown> {
  const { defaults, jobs } = config;
  if (!isMap(defaults) || !isMap(jobs)) return config;
  const merged = Object.entries(jobs).map(([name, job]) => [name, merge(defaults, job)]);
  return { ...config, jobs: Object.fromEntries(merged) as unknown };
}

function merge(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const added = Object.entries(over).map(([key, value]) => {
    return [key, Object.hasOwn(under, key) ? merge(under[key], value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(added) };
}
