/** Names that must stand for something: the stores that jobs go to. */
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
  return lists.flatMap((path) => badNames([...path, "stores"], valueAt(config, [...path, "stores"]), known));
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
