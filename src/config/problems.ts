/** Turns what the schemas found into lines for people: what was expected, what stood there, and the nearest name. */
import { safeParse, type z } from "zod";
import type { ConfigPath } from "./config-error.ts";
import { didYouMean } from "./nearest.ts";
import {
  coreOf,
  expectedOf,
  isMap,
  keysOf,
  schemaAt,
  secretStyle,
  suggestionsOf,
  valueAt,
  type Schema,
} from "./schema-walk.ts";

/** A mistake before its line is known. */
export interface Finding {
  path: ConfigPath;
  message: string;
  /** Where it was said, when not in the file. */
  place?: string | undefined;
  /** Another place that cannot be judged because of this: what is found there is left out. */
  covers?: ConfigPath;
}

type Issue = z.core.$ZodIssue;

/** `value` is what was parsed with `schema`. Values of secrets do not get into the messages. */
export function findingsOf(issues: readonly Issue[], schema: Schema, value: unknown): Finding[] {
  return issues.flatMap((issue) => {
    const path = issue.path as ConfigPath;
    if (issue.code === "unrecognized_keys") {
      const known = keysOf(schemaAt(schema, path, value) ?? schema, valueAt(value, path));
      return issue.keys.map((key) => unknownKey([...path, key], key, known));
    }
    if (issue.code === "invalid_key") return [badName(path, schema, value), ...below(path, schema, value)];
    return [{ path, message: messageOfIssue(issue, path, schema, value) }];
  });
}

/** What stands under a bad name, which zod does not look at any more. */
function below(path: ConfigPath, root: Schema, value: unknown): Finding[] {
  const schema = schemaAt(root, path, value);
  if (schema === undefined) return [];
  const item = valueAt(value, path);
  const found = findingsOf(safeParse(schema, item).error?.issues ?? [], schema, item);
  return found.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): Finding {
  const expected = `expected one of the keys ${known.join(", ")}`;
  return { path, message: `${expected}, got ${JSON.stringify(key)}${didYouMean(key, known)}` };
}

function messageOfIssue(issue: Issue, path: ConfigPath, root: Schema, value: unknown): string {
  const choices = choicesOf(issue);
  const got = valueAt(value, path);
  if (choices !== undefined) return badChoice(choices, got);
  const schema = schemaAt(root, path, value) ?? root;
  const expected = expectedOf(schema) ?? expectedByIssue(issue) ?? typeName(coreOf(schema));
  return expectedGot(expected, got, schema, reasonOf(issue)) + hintFor(got, schema);
}

function hintFor(got: unknown, schema: Schema): string {
  if (typeof got === "string") return didYouMean(got, suggestionsOf(schema));
  const wantsText = coreOf(schema)._zod.def.type === "string";
  return wantsText && ["number", "boolean"].includes(typeof got) ? "; put it in quotes" : "";
}

/** Record keys carry their own schema, which says what a name looks like. */
function badName(path: ConfigPath, root: Schema, value: unknown): Finding {
  const record = coreOf(schemaAt(root, path.slice(0, -1), value) ?? root);
  const keyType = "keyType" in record ? (record.keyType as Schema) : undefined;
  const expected = (keyType && expectedOf(keyType)) ?? "another name";
  return { path, message: `expected ${expected}, got ${JSON.stringify(path.at(-1))}` };
}

function choicesOf(issue: Issue): string[] | undefined {
  if (issue.code === "invalid_value") return issue.values.map(String);
  // Of a union by kind the issue names every kind there is, though its type does not say so.
  return "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
}

/** `what` is the noun for a choice, where the path does not say it. */
export function badChoice(choices: readonly string[], got: unknown, what = ""): string {
  const one = what === "" ? "" : `the ${what} `;
  const several = what === "" ? "one of" : `one of the ${what}s`;
  const expected = choices.length === 1 ? `${one}${choices[0]}` : `${several} ${choices.join(", ")}`;
  const hint = typeof got === "string" ? didYouMean(got, choices) : "";
  return `expected ${expected}, got ${shown(got)}${hint}`;
}

/** Schemas of the kinds may say what they expect in their messages. */
function expectedByIssue(issue: Issue): string | undefined {
  return /^expected (.+)$/.exec(issue.message)?.[1];
}

function reasonOf(issue: Issue): string {
  const why = issue.code === "custom" ? issue.message.replace(/^CronPattern: /, "") : "";
  return why === "" || why === "Invalid input" ? "" : ` (${why})`;
}

export function expectedGot(expected: string, got: unknown, schema: Schema, reason = ""): string {
  const holdsValues = ["object", "record", "array", "union"].includes(coreOf(schema)._zod.def.type);
  if (secretStyle(schema) !== undefined) return `expected ${expected}, got ${shownSecret(got)}`;
  // Where a map or list belongs, stray text could be anything, a token too: it is not repeated.
  return `expected ${expected}, got ${holdsValues ? kindOfValue(got) : shown(got)}${reason}`;
}

const LONGEST_SHOWN = 60;

/** A value as it stood, cut where it is long; of maps and lists only what they are. */
function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOfValue(value);
}

function shownSecret(value: unknown): string {
  return typeof value === "string" && value !== "" ? "***" : kindOfValue(value);
}

function kindOfValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || value === "") return "an empty value";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isMap(value)) return Object.keys(value).length === 0 ? "an empty map" : "a map";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}

function typeName(core: Schema): string {
  const names: Partial<Record<string, string>> = {
    object: "a map",
    record: "a map",
    union: "a map with a kind",
    array: "a list",
    string: "text",
  };
  return names[core._zod.def.type] ?? "another value";
}
