/**
 * Labels of the stack's services that say what a config file could say: `holdfast.jobs.<job>.<path>` and
 * `holdfast.defaults.<path>`, put into the raw values of the file. They are told apart from it only in messages.
 */
import { pathText, type ConfigPath } from "./config-error.ts";
import { didYouMean } from "./nearest.ts";
import type { Finding } from "./problems.ts";
import { ConfigFile } from "./schema.ts";
import { coreOf, isMap, schemaAt, valueAt } from "./schema-walk.ts";

/** One label of one container, as it stands there. */
export interface ServiceLabel {
  service: string;
  name: string;
  value: string;
}

export interface WithLabels {
  value: unknown;
  findings: Finding[];
  /** Where a path was said, when a label said it: `service app, label holdfast.jobs.data.schedule`. */
  placeOf(path: ConfigPath): string | undefined;
}

export const LABEL_PREFIX = "holdfast.";

/** What labels may speak of: the rest is the operator's, in the file. */
const ROOTS = ["jobs", "defaults"];

interface Entry {
  path: readonly string[];
  value: string;
  place: string;
}

/** The config with the labels in it. Labels that say the same twice, as replicas do, count once. */
export function withLabels(config: unknown, labels: readonly ServiceLabel[]): WithLabels {
  const findings: Finding[] = [];
  const entries: Entry[] = [];
  for (const label of labels.filter(({ name }) => name.startsWith(LABEL_PREFIX))) {
    const place = `service ${label.service}, label ${label.name}`;
    const path = pathIn(label.name.slice(LABEL_PREFIX.length));
    if (path === undefined) findings.push(noPath(label, place));
    else entries.push({ path, value: label.value, place });
  }
  if (!isMap(config)) return { value: config, findings, placeOf: () => undefined };
  const taken = withoutTwins(entries, findings);
  const said = new Map(taken.map((entry) => [pathText(entry.path), entry]));
  const merged = unshared(config) as Record<string, unknown>;
  for (const entry of taken) {
    if (valueAt(config, entry.path) === undefined) put(merged, entry, findings);
  }
  for (const entry of taken) typeIn(merged, config, entry, findings);
  return { value: merged, findings, placeOf: (path) => placeOf(path, config, [...said.values()]) };
}

/** Segments between dots; a name that holds dots is written `["a.name"]`, as messages write it. */
const SEGMENT = /^(?:\.?([^.[\]"]+)|\["([^"\]]+)"\])/;

/** Undefined for what is no path of a value of a job or of the defaults. */
function pathIn(text: string): string[] | undefined {
  const path: string[] = [];
  let rest = text;
  while (rest !== "") {
    const match = SEGMENT.exec(rest);
    if (match === null || (path.length === 0 && rest.startsWith("."))) return undefined;
    path.push(match[1] ?? match[2] ?? "");
    rest = rest.slice(match[0].length);
  }
  const least = path[0] === "jobs" ? 3 : 2;
  return ROOTS.includes(path[0] ?? "") && path.length >= least ? path : undefined;
}

function noPath({ name }: ServiceLabel, place: string): Finding {
  const [root = ""] = name.slice(LABEL_PREFIX.length).split(/[.[]/);
  const expected = `expected ${LABEL_PREFIX}jobs.<job>.<key> or ${LABEL_PREFIX}defaults.<key>`;
  const hint = ROOTS.includes(root) ? "" : didYouMean(root, ROOTS);
  return { path: [], place, message: `${expected}, got ${JSON.stringify(name)}${hint}` };
}

/** One entry for each path; another value for the same one is a finding that names both places. */
function withoutTwins(entries: readonly Entry[], findings: Finding[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    const first = byPath.get(pathText(entry.path));
    if (first === undefined) byPath.set(pathText(entry.path), entry);
    else if (first.value.trim() !== entry.value.trim()) findings.push(conflict(entry, first.place));
  }
  return [...byPath.values()];
}

function conflict({ path, place }: Entry, other: string): Finding {
  return { path, place, message: `expected the same value everywhere, got another one than ${other} has` };
}

/** Makes the maps on the way. A path through what is a value elsewhere is a conflict. */
function put(root: Record<string, unknown>, entry: Entry, findings: Finding[]): void {
  const last = entry.path.length - 1;
  let map = root;
  for (const [depth, key] of entry.path.entries()) {
    if (depth === last) {
      if (Object.hasOwn(map, key)) findings.push(saidTwice(entry, entry.path));
      else define(map, key, entry.value);
      return;
    }
    // A key without anything under it, as in `data:`, is a map that is yet to be filled.
    if ((map[key] ?? undefined) === undefined || !Object.hasOwn(map, key)) define(map, key, {});
    const below = map[key];
    if (!isMap(below)) {
      findings.push(saidTwice(entry, entry.path.slice(0, depth + 1)));
      return;
    }
    map = below;
  }
}

function saidTwice({ path, place }: Entry, twice: ConfigPath): Finding {
  return { path, place, message: `expected ${pathText(twice)} as one value or as a map, got both` };
}

/** Aliases of a YAML file are one object in several places, and a label means one of them. */
function unshared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unshared);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unshared(item)]));
}

/** Also for names such as `__proto__`, which must not be more than a name. */
function define(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Gives a label's text the type of its place, and compares it with what the file says there. */
function typeIn(merged: unknown, config: unknown, entry: Entry, findings: Finding[]): void {
  const parent = valueAt(merged, entry.path.slice(0, -1));
  const schema = schemaAt(ConfigFile, entry.path, merged);
  const isList = schema !== undefined && coreOf(schema)._zod.def.type === "array";
  const value = isList ? listIn(entry.value) : entry.value;
  const inFile = valueAt(config, entry.path);
  if (inFile !== undefined) {
    if (!isSame(inFile, value)) findings.push(conflict(entry, "the config file"));
  } else if (isMap(parent) && parent[entry.path.at(-1) ?? ""] === entry.value) {
    define(parent, entry.path.at(-1) ?? "", value);
  }
}

/** A JSON list, or what stands between commas. */
function listIn(text: string): unknown {
  if (text.trim() === "") return [];
  if (!text.trimStart().startsWith("[")) return text.split(",").map((item) => item.trim());
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The schema says what was expected.
    return text;
  }
}

/** Numbers and switches of the file count as their text. */
function isSame(inFile: unknown, inLabel: unknown): boolean {
  if (Array.isArray(inFile) && Array.isArray(inLabel)) {
    return inFile.length === inLabel.length && inFile.every((item, at) => isSame(item, inLabel[at]));
  }
  const text = textOf(inFile);
  return text !== undefined && text === textOf(inLabel);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" ? value.trim() : undefined;
}

/** The label that said this, something around it, or, in a job that only labels speak of, another key of the job. */
function placeOf(path: ConfigPath, config: unknown, entries: readonly Entry[]): string | undefined {
  if (path.length === 0) return undefined;
  const around = entries.find((entry) => isWithin(path, entry.path));
  if (around !== undefined) return around.place;
  if (valueAt(config, path) !== undefined) return undefined;
  const below = entries.find((entry) => isWithin(entry.path, path));
  if (below !== undefined) return below.place;
  const job = path.slice(0, 2);
  return valueAt(config, job) === undefined
    ? entries.find((entry) => isWithin(entry.path, job))?.place
    : undefined;
}

function isWithin(path: ConfigPath, outer: ConfigPath): boolean {
  return outer.every((part, index) => part === path[index]);
}
