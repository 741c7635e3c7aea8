/** What must hold between the parts of a config: names that stand for something, stores that are apart. */
import { posix } from "node:path";
import type { ConfigPath } from "./config-error.ts";
import { badChoice, type Finding } from "./problems.ts";
import { isMap, valueAt } from "./schema-walk.ts";

/** The store that there is when none is configured. */
export const DEFAULT_STORE = "local";

export function danglingStores(config: unknown): Finding[] {
  const stores = valueAt(config, ["stores"]);
  if (stores !== undefined && !isMap(stores)) return [];
  const known = Object.keys(stores ?? { [DEFAULT_STORE]: {} });
  const jobs = valueAt(config, ["jobs"]);
  const lists: ConfigPath[] = [
    ["defaults"],
    ...Object.keys(isMap(jobs) ? jobs : {}).map((name) => ["jobs", name]),
  ];
  return lists.flatMap((path) => [
    ...badNames([...path, "stores"], valueAt(config, [...path, "stores"]), known),
    ...badKeys([...path, "keepFor"], valueAt(config, [...path, "keepFor"]), known),
  ]);
}

/** A channel that is told of a job that there is not is told nothing. The jobs that stand for a stack's volumes have names of their own. */
export function danglingJobs(config: unknown): Finding[] {
  const jobs = valueAt(config, ["jobs"]);
  const channels = valueAt(config, ["alerts", "channels"]);
  if (!isMap(jobs) || !isMap(channels)) return [];
  if (Object.keys(jobs).some((job) => valueAt(jobs, [job, "source", "kind"]) === "stack")) return [];
  return Object.keys(channels).flatMap((channel) => {
    const names = valueAt(channels, [channel, "jobs"]);
    return (Array.isArray(names) ? names : []).flatMap((name: unknown, index): Finding[] => {
      if (typeof name !== "string" || Object.hasOwn(jobs, name)) return [];
      const path = ["alerts", "channels", channel, "jobs", index];
      return [{ path, message: badChoice(Object.keys(jobs), name, "job") }];
    });
  });
}

/** Two stores in one directory would hold one copy where two are meant, and wait for each other's locks. */
export function overlappingStores(config: unknown): Finding[] {
  const stores = valueAt(config, ["stores"]);
  const paths = Object.entries(isMap(stores) ? stores : {}).flatMap(([name]) => {
    const path = valueAt(stores, [name, "path"]);
    return typeof path === "string" ? [{ name, path: posix.resolve("/", path) }] : [];
  });
  return paths.flatMap(({ name, path }, at) => {
    const other = paths
      .slice(0, at)
      .find((earlier) => contains(earlier.path, path) || contains(path, earlier.path));
    if (other === undefined) return [];
    const message = `expected a directory apart from that of store ${other.name} (${other.path}), got ${path}`;
    return [{ path: ["stores", name, "path"], message }];
  });
}

function contains(outer: string, inner: string): boolean {
  return `${inner}/`.startsWith(outer === "/" ? "/" : `${outer}/`);
}

function badKeys(path: ConfigPath, map: unknown, known: readonly string[]): Finding[] {
  const names = isMap(map) ? Object.keys(map) : [];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: [...path, name], message: badChoice(known, name, "store") }));
}

function badNames(path: ConfigPath, names: unknown, known: readonly string[]): Finding[] {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== "string") return [];
    if (!known.includes(name)) return [{ path: [...path, index], message: badChoice(known, name, "store") }];
    if (names.indexOf(name) === index) return [];
    return [
      { path: [...path, index], message: `expected each store once, got ${JSON.stringify(name)} again` },
    ];
  });
}
