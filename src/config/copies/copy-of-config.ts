/** The config file as it may lie in a store: each secret in it is a variable that has to be set; files of secrets are named. */
import type { LeftOut } from "../../domain/stack-facts.ts";
import { pathText, type ConfigPath } from "../config-error.ts";
import { ConfigFile } from "../schema.ts";
import { isSecretLeaf, schemaAt, secretStyle } from "../schema-walk.ts";
import { distinct, type FileCopy } from "./copy-of-compose.ts";
import { readPlain } from "./read-plain.ts";
import { replaceScalars, type ScalarPlace } from "./replace-scalars.ts";
import { isUnmistakable, passwordInUrl, variableOf, withoutSecretsInComments } from "./secret-words.ts";

const SECRET_KEY = "AGE-SECRET-KEY-";

/** Undefined: it is no YAML. */
export function copyOfConfig(text: string): FileCopy | undefined {
  const value = readPlain(text);
  const leftOut: LeftOut[] = [];
  const references = new Map<string, string>();
  const leaveOut = (secret: string, path: ConfigPath): string => {
    const name = variableOf(["holdfast", ...path]);
    leftOut.push({ kind: "variable", name, for: pathText(path) });
    const reference = `\${${name}}`;
    if (isUnmistakable(secret)) references.set(secret, reference);
    return reference;
  };
  const masked = replaceScalars(text, (place) => {
    const file = secretFile(place);
    if (file !== undefined) leftOut.push({ kind: "file", name: file, for: pathText(place.path) });
    leftOut.push(...variablesIn(place));
    return isSecretAt(place, value) ? leaveOut(place.text, place.path) : withoutPassword(place, leaveOut);
  });
  if (masked === undefined) return undefined;
  const everywhere = [...references].reduce(
    (rest, [secret, reference]) => rest.replaceAll(secret, reference),
    masked,
  );
  return { text: withoutSecretsInComments(everywhere), leftOut: distinct(leftOut) };
}

/** By its own schema, or by that of a map around it, as of headers. */
function isSecretAt({ path, text }: ScalarPlace, value: unknown): boolean {
  if (text.trim().startsWith(SECRET_KEY)) return true;
  // What is put together with a variable, as in "Bearer ${TOKEN}", has its secret there.
  if (text === "" || text.includes("${")) return false;
  return path.some((_, at) => {
    const schema = schemaAt(ConfigFile, path.slice(0, at + 1), value);
    return (
      schema !== undefined &&
      (at === path.length - 1 ? isSecretLeaf(schema) : secretStyle(schema) !== undefined)
    );
  });
}

function withoutPassword(
  { path, text }: ScalarPlace,
  leaveOut: (secret: string, path: ConfigPath) => string,
): string | undefined {
  const password = passwordInUrl(text);
  if (password === undefined) return undefined;
  return text.replace(`:${password}@`, () => `:${leaveOut(password, [...path, "password"])}@`);
}

/** `keyFile: /run/secrets/key`. */
function secretFile({ path, text }: ScalarPlace): string | undefined {
  const key = path.at(-1);
  return typeof key === "string" && /File$/.test(key) && text.startsWith("/") ? text : undefined;
}

/** Those that are read from the environment and have no default. */
function variablesIn({ path, text }: ScalarPlace): LeftOut[] {
  const found = text.replaceAll("$${", "").matchAll(/\$\{([A-Za-z_]\w*)\}/g);
  return [...found].map(([, name = ""]) => ({ kind: "variable", name, for: pathText(path) }));
}
