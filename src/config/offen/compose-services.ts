/** The services of a Compose file, as far as a migration looks at them. */
import { dirname, join } from "node:path/posix";
import { readYaml } from "../yaml-file.ts";

export interface ComposeMount {
  /** Name of a volume, or a path as it is written. */
  source: string;
  target: string;
}

/** A value and where it stands. */
export interface Given {
  value: string;
  from: string;
}

export interface ComposeService {
  name: string;
  image: string;
  environment: ReadonlyMap<string, Given>;
  labels: ReadonlyMap<string, string>;
  mounts: readonly ComposeMount[];
}

export interface ComposeFile {
  /** Undefined: the name of its directory is the project's. */
  project: string | undefined;
  services: readonly ComposeService[];
}

/** Reads a file that the Compose file names; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

/** Throws an Error that says what is wrong with it. */
export function readComposeFile(text: string, path: string, readFile: ReadFile): ComposeFile {
  const { value, problems } = readYaml(text);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`line ${problem.line ?? "?"}: ${problem.message}`);
  const { name, services } = asMap(value);
  if (Object.keys(asMap(services)).length === 0) throw new Error("it has no services");
  return {
    project: typeof name === "string" ? name : undefined,
    services: Object.entries(asMap(services)).map(([service, given]) => {
      const of = asMap(given);
      return {
        name: service,
        image: typeof of["image"] === "string" ? of["image"] : "",
        environment: environmentOf(service, of, (file) => readFile(join(dirname(path), file))),
        labels: new Map([...pairs(of["labels"]), ...pairs(asMap(of["deploy"])["labels"])]),
        mounts: asList(of["volumes"]).flatMap(mountOf),
      };
    }),
  };
}

/** As Docker reads it: `KEY=value` lines, quotes around a value left out. */
export function readEnvironmentFile(text: string): Map<string, string> {
  const lines = text.split("\n").map((line) => line.trim());
  return new Map(
    lines.flatMap((line) => {
      const [, key, value = ""] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value.replace(/^(["'])(.*)\1$/, "$2")]];
    }),
  );
}

function environmentOf(service: string, of: Record<string, unknown>, readFile: ReadFile): Map<string, Given> {
  const result = new Map<string, Given>();
  const files = typeof of["env_file"] === "string" ? [of["env_file"]] : asList(of["env_file"]);
  for (const entry of files) {
    const file = typeof entry === "string" ? entry : (textOf(asMap(entry)["path"]) ?? "");
    for (const [key, value] of readEnvironmentFile(readFile(file) ?? "")) {
      result.set(key, { value, from: `${file}: ${key}` });
    }
  }
  for (const [key, value] of pairs(of["environment"])) {
    result.set(key, { value, from: `${service}: ${key}` });
  }
  return result;
}

/** A map, or a list of `key=value`. A key without a value is taken from the environment of Compose. */
function pairs(value: unknown): [string, string][] {
  if (!Array.isArray(value)) {
    return Object.entries(asMap(value)).map(([key, each]) => [key, textOf(each) ?? `\${${key}}`]);
  }
  return value.map((item) => {
    const text = textOf(item) ?? "";
    const at = text.indexOf("=");
    return at < 0 ? [text, `\${${text}}`] : [text.slice(0, at), text.slice(at + 1)];
  });
}

function mountOf(mount: unknown): ComposeMount[] {
  if (typeof mount === "string") {
    // A drive letter or `${VAR:-default}` may hold a colon; what is looked for is the first that begins an absolute path.
    const [, source, target] = /^(.+?):(\/[^:]*)(?::[a-z,A-Z]+)?$/.exec(mount) ?? [];
    return source === undefined || target === undefined ? [] : [{ source, target: trimmed(target) }];
  }
  const { source, target } = asMap(mount);
  return typeof source === "string" && typeof target === "string"
    ? [{ source, target: trimmed(target) }]
    : [];
}

function trimmed(path: string): string {
  return path.replace(/(.)\/+$/, "$1");
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
