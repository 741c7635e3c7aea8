/** `${VAR}` and `${VAR:-default}` in the values of a config; `$${` stands for a plain `${`. Keys are left alone. */
import type { ConfigPath } from "./config-error.ts";
import { whyUnreadable, type ConfigFiles } from "./files.ts";
import type { Finding } from "./problems.ts";
import { isMap } from "./schema-walk.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  value: unknown;
  findings: Finding[];
  /** What was read from the files that `VAR_FILE` names: treated as secret wherever it appears. */
  fromFiles: string[];
}

/** Replaces the references in every text of `value`. One that cannot be is a finding at its own path. */
export async function interpolate(value: unknown, env: Variables, files: ConfigFiles): Promise<Interpolated> {
  const findings: Finding[] = [];
  const fromFiles: string[] = [];
  const lookUp = variableReader(env, files, fromFiles);

  async function walk(at: unknown, path: ConfigPath): Promise<unknown> {
    if (typeof at === "string") return text(at, path);
    if (Array.isArray(at)) return Promise.all(at.map((item, index) => walk(item, [...path, index])));
    if (!isMap(at)) return at;
    const entries = Object.entries(at).map(
      async ([key, item]) => [key, await walk(item, [...path, key])] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async function text(source: string, path: ConfigPath): Promise<string> {
    const parts: string[] = [];
    let end = 0;
    for (const match of source.matchAll(REFERENCE)) {
      parts.push(source.slice(end, match.index));
      end = match.index + match[0].length;
      const { value: part = "", problem } = await expand(match[0], lookUp);
      if (problem !== undefined) findings.push({ path, message: problem });
      parts.push(part);
    }
    return parts.join("") + source.slice(end);
  }

  return { value: await walk(value, []), findings, fromFiles };
}

/** The last branch is an opening without an end. */
const REFERENCE = /\$\$\{|\$\{[^}]*\}|\$\{/g;
const WELL_FORMED = /^\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}$/;

interface Expansion {
  value?: string | undefined;
  problem?: string;
}

type LookUp = (name: string) => Promise<Expansion>;

async function expand(reference: string, lookUp: LookUp): Promise<Expansion> {
  if (reference === "$${") return { value: "${" };
  const match = WELL_FORMED.exec(reference);
  if (match === null) {
    return {
      problem: "expected ${VAR} or ${VAR:-default}, got another text after ${; write $${ for a plain ${",
    };
  }
  const [, name = "", fallback] = match;
  const found = await lookUp(name);
  if (found.problem !== undefined) return found;
  // As in the shell: `:-` also stands in for a variable that is set to nothing.
  if (fallback !== undefined) return { value: found.value || fallback };
  if (found.value !== undefined) return found;
  return {
    problem: `expected the variable ${name} or ${name}_FILE to be set, got neither; or write \${${name}:-default}`,
  };
}

function variableReader(env: Variables, files: ConfigFiles, fromFiles: string[]): LookUp {
  return async (name) => {
    const path = env[`${name}_FILE`];
    if (path === undefined) return { value: env[name] };
    if (env[name] !== undefined)
      return { problem: `expected either ${name} or ${name}_FILE to be set, got both` };
    try {
      const value = withoutLineEnd(await files.read(path));
      fromFiles.push(value);
      return { value };
    } catch (error) {
      return {
        problem: `expected ${name}_FILE to name a readable file, got ${path}: ${whyUnreadable(error)}`,
      };
    }
  };
}

/** Editors and `echo` end a file with a line break that is not part of the secret. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
