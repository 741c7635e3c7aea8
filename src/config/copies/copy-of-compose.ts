/** A Compose file as it may lie in a store: without what looks secret in it, which then comes from variables that have to be set. */
import { isMap, readPlain } from "./read-plain.ts";
import type { LeftOut } from "../../domain/stack-facts.ts";
import type { ConfigPath } from "../config-error.ts";
import { replaceScalars, type ScalarPlace } from "./replace-scalars.ts";
import {
  isUnmistakable,
  looksSecret,
  passwordInUrl,
  variableOf,
  withoutSecretsInComments,
} from "./secret-words.ts";

export interface FileCopy {
  text: string;
  leftOut: LeftOut[];
}

/** Undefined: it is no YAML. */
export function copyOfCompose(text: string): FileCopy | undefined {
  const leftOut: LeftOut[] = [];
  const references = new Map<string, string>();
  const leaveOut = (secret: string, path: ConfigPath, name: string): string => {
    const variable = variableOf([ownerOf(path), name]);
    leftOut.push({ kind: "variable", name: variable, for: describe(path) });
    const reference = `\${${variable}:?it is a secret, and was left out of the backup}`;
    if (isUnmistakable(secret)) references.set(secret, reference);
    return reference;
  };
  const masked = replaceScalars(text, (place) => withoutSecret(place, leaveOut));
  if (masked === undefined) return undefined;
  const everywhere = [...references].reduce(
    (rest, [secret, reference]) => rest.replaceAll(secret, reference),
    masked,
  );
  const copy = withoutSecretsInComments(everywhere);
  return { text: copy, leftOut: distinct([...leftOut, ...variablesIn(text), ...filesIn(readPlain(text))]) };
}

function withoutSecret(
  { path, text }: ScalarPlace,
  leaveOut: (secret: string, path: ConfigPath, name: string) => string,
): string | undefined {
  const key = path.at(-1);
  const [, listed, value] = typeof key === "number" ? (/^([\w.-]+)=(.*)$/s.exec(text) ?? []) : [];
  if (listed !== undefined && value !== undefined && isSecret(listed, value))
    return `${listed}=${leaveOut(value, path, listed)}`;
  if (typeof key === "string" && isSecret(key, text)) return leaveOut(text, path, key);
  const password = passwordInUrl(text);
  if (password === undefined) return undefined;
  const name = typeof key === "string" ? key : (listed ?? "url");
  return text.replace(`:${password}@`, () => `:${leaveOut(password, path, `${name}_PASSWORD`)}@`);
}

/** Addresses of channels are secrets themselves. */
function isSecret(name: string, value: string): boolean {
  return looksSecret(name, value) || (/^holdfast\.alerts\..*url$/i.test(name) && value !== "");
}

/** The service, or whatever else it stands in. */
function ownerOf(path: ConfigPath): string {
  return String(path[0] === "services" ? (path[1] ?? "") : (path[0] ?? ""));
}

function describe(path: ConfigPath): string {
  const owner = ownerOf(path);
  return path[0] === "services" ? `service ${owner}` : owner;
}

/** Those without a default: `${VAR}`, `${VAR:?…}`, `$VAR`. */
function variablesIn(text: string): LeftOut[] {
  const plain = text.replace(/^\s*#.*$/gm, "").replaceAll("$$", "");
  const named = [...plain.matchAll(/\$\{([A-Za-z_]\w*)(?:\}|:?\?)|\$([A-Za-z_]\w*)/g)];
  return named.map(([, braced, bare]) => ({
    ...{ kind: "variable", name: braced ?? bare ?? "" },
    for: "the Compose file",
  }));
}

/** Files with secrets, and with variables. */
function filesIn(compose: unknown): LeftOut[] {
  if (!isMap(compose)) return [];
  const secrets = Object.entries(isMap(compose["secrets"]) ? compose["secrets"] : {}).flatMap(
    ([name, secret]): LeftOut[] =>
      isMap(secret) && typeof secret["file"] === "string"
        ? [{ kind: "file", name: secret["file"], for: `secret ${name}` }]
        : [],
  );
  const services = Object.entries(isMap(compose["services"]) ? compose["services"] : {});
  const ofEnvironment = services.flatMap(([name, service]) =>
    envFilesOf(service).map((file): LeftOut => ({ kind: "file", name: file, for: `service ${name}` })),
  );
  return [...secrets, ...ofEnvironment, ...services.flatMap(([name, service]) => besideOf(name, service))];
}

/** What a service mounts, or is built from, of the directory of the Compose file. */
function besideOf(name: string, service: unknown): LeftOut[] {
  if (!isMap(service)) return [];
  const { volumes, build } = service;
  const mounted = (Array.isArray(volumes) ? volumes : []).flatMap((volume: unknown) =>
    isMap(volume) ? volume["source"] : typeof volume === "string" ? volume.split(":")[0] : [],
  );
  const built = isMap(build) ? (build["context"] ?? []) : (build ?? []);
  const relative = (path: unknown): path is string =>
    typeof path === "string" && /^\.{1,2}(?:\/|$)/.test(path);
  return [
    ...mounted
      .filter(relative)
      .map((path): LeftOut => ({ kind: "file", name: path, for: `service ${name}` })),
    ...[built]
      .filter(relative)
      .map((path): LeftOut => ({ kind: "file", name: path, for: `the image of ${name}` })),
  ];
}

function envFilesOf(service: unknown): string[] {
  const given = isMap(service) ? service["env_file"] : undefined;
  const all: unknown[] = Array.isArray(given) ? given : [given];
  return all.flatMap((one) => {
    const path = isMap(one) ? one["path"] : one;
    return typeof path === "string" ? [path] : [];
  });
}

/** What needs the same thing stands in one line. */
export function distinct(all: readonly LeftOut[]): LeftOut[] {
  const byName = Map.groupBy(all, ({ kind, name }) => `${kind} ${name}`);
  return [...byName.values()].flatMap((same) => {
    const [first] = same;
    const users = [...new Set(same.map(({ for: user }) => user))];
    const named = users.length > 1 ? users.filter((user) => user !== "the Compose file") : users;
    return first === undefined ? [] : [{ ...first, for: named.join(", ") }];
  });
}
