/** Secrets given by the path of a file: `<key>File` beside every key that the schemas mark as secret. */
import type { ConfigPath } from "./config-error.ts";
import { whyUnreadable, type ConfigFiles } from "./files.ts";
import { withoutLineEnd } from "./interpolate.ts";
import type { Finding } from "./problems.ts";
import { childSchema, isMap, isSecretLeaf, type Schema } from "./schema-walk.ts";

export interface WithSecrets {
  value: unknown;
  findings: Finding[];
  fromFiles: string[];
}

/** Replaces each `<key>File` by `<key>` with the file's text. */
export async function readSecretFiles(
  root: unknown,
  schema: Schema,
  files: ConfigFiles,
): Promise<WithSecrets> {
  const findings: Finding[] = [];
  const fromFiles: string[] = [];

  async function walk(value: unknown, at: Schema | undefined, path: ConfigPath): Promise<unknown> {
    if (at !== undefined && Array.isArray(value)) {
      return Promise.all(
        value.map((item: unknown, index) => walk(item, childSchema(at, index, value), [...path, index])),
      );
    }
    if (at === undefined || !isMap(value)) return value;
    const entries: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      const here = [...path, key];
      const secret = secretNamedBy(key, at, value);
      if (secret === undefined) entries.push([key, await walk(item, childSchema(at, key, value), here)]);
      else if (Object.hasOwn(value, secret))
        findings.push({ path: here, message: `expected ${secret} or ${key}, got both` });
      else entries.push([secret, await read(item, here, [...path, secret])]);
    }
    return Object.fromEntries(entries);
  }

  async function read(file: unknown, path: ConfigPath, covers: ConfigPath): Promise<string> {
    const failed = (message: string) => {
      findings.push({ path, message, covers });
      return "";
    };
    if (typeof file !== "string" || !file.startsWith("/")) {
      return failed("expected the absolute path of a file that holds the secret");
    }
    try {
      const text = withoutLineEnd(await files.read(file));
      fromFiles.push(text);
      return text;
    } catch (error) {
      return failed(`expected a readable file, got ${file}: ${whyUnreadable(error)}`);
    }
  }

  return { value: await walk(root, schema, []), findings, fromFiles };
}

/** `url` for `urlFile` where the schema has a secret `url` and no `urlFile` of its own. */
function secretNamedBy(key: string, schema: Schema, value: unknown): string | undefined {
  const name = key.endsWith("File") ? key.slice(0, -"File".length) : "";
  const secret = childSchema(schema, name, value);
  const isOwnKey = childSchema(schema, key, value) !== undefined;
  return secret !== undefined && isSecretLeaf(secret) && !isOwnKey ? name : undefined;
}
