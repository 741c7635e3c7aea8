/** docs/config.md and the example config against the schemas: neither can say less or other than what holds. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { OfEveryChannel } from "./channel-rules.ts";
import { childSchema, coreOf, keysOf, kindsOf, valueAt, type Schema } from "./schema-walk.ts";
import { ConfigFile } from "./schema.ts";
import { redactedConfig } from "./show.ts";

const DOCS = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
const DUCKDB = readFileSync(new URL("../../docs/duckdb.md", import.meta.url), "utf8");
const EXAMPLE = readFileSync(new URL("../../config/holdfast.example.yml", import.meta.url), "utf8");
const SURROUNDINGS = {
  env: { SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T0/B0/x", PAGER_TOKEN: "pager-token" },
  files: {
    "/run/secrets/office_secret_key": "office-secret",
    "/run/secrets/pager_secret": "pager-secret",
    "/run/secrets/pagerduty_key": "pagerduty-key",
    "/run/secrets/discord_webhook": "https://discord.example/hook",
    "/run/secrets/holdfast_token": "http-token",
    "/run/secrets/backup_password": "backup-password",
  },
  directories: { "/source": ["data"] },
};

describe("docs/config.md", () => {
  it("explains every key of the schemas, and no other", () => {
    expect(
      documentedKeys()
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...new Set(schemaKeys(ConfigFile, ""))].sort());
  });

  it("names the defaults that hold", async () => {
    const config = await loadYaml("jobs: { name: { source: { kind: volume, path: /data } } }");
    const inEffect = redactedConfig(config);
    const named = documentedKeys().filter(({ fallback }) => fallback !== undefined);
    expect(named.length).toBeGreaterThan(10);
    for (const { path, fallback } of named) {
      const value = valueAt(inEffect, path.replace("<name>", "name").split("."));
      expect(String(value), path).toBe(fallback);
    }
  });

  const examples = examplesIn(DOCS);

  it.each(examples)("has an example that is a valid config:\n%s", async (example) => {
    await expect(loadYaml(example, SURROUNDINGS)).resolves.toBeDefined();
  });

  it("has an example for every section with keys", () => {
    expect(examples.length).toBeGreaterThanOrEqual(11);
  });
});

describe("docs/duckdb.md", () => {
  it.each(examplesIn(DUCKDB))("has an example that is a valid config:\n%s", async (example) => {
    await expect(loadYaml(example, SURROUNDINGS)).resolves.toBeDefined();
  });
});

describe("config/holdfast.example.yml", () => {
  it("is a valid config", async () => {
    const config = await loadYaml(EXAMPLE, SURROUNDINGS);
    expect(config.jobs.map(({ job }) => job.name)).toEqual(["data", "uploads", "settings"]);
  });

  it("stays valid when what is commented out is put in", async () => {
    const everything = EXAMPLE.replace(
      /^( *)# (pager:| {2}kind:| {2}url:| {2}secretFile:|tokenFile:)/gm,
      "$1$2",
    );
    expect(everything).not.toBe(EXAMPLE);
    const config = await loadYaml(everything, SURROUNDINGS);
    expect(config.alerts.channels.map(({ name }) => name)).toEqual(["team", "pager"]);
    expect(config.http.token).toBe("http-token");
  });
});

function examplesIn(page: string): string[] {
  return [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1] ?? "");
}

interface DocumentedKey {
  path: string;
  /** What stands in quotes in the column of defaults. */
  fallback: string | undefined;
}

/** Rows of the tables, each under the path that its heading names: `a.<name>` of kind `x`, key `y`, is `a.<name>(x).y`. */
function documentedKeys(): DocumentedKey[] {
  let prefix = "";
  return DOCS.split("\n").flatMap((line) => {
    const heading = /^## (?:`([^`]+)`(?: of kind `([\w-]+)`(?:, key `([^`]+)`)?)?)?/.exec(line);
    if (heading !== null) prefix = headingPath(heading);
    const row = /^\| `(\w+)` \| (?:`([^`]+)`)?/.exec(line);
    return row === null ? [] : [{ path: joined(prefix, row[1] ?? ""), fallback: row[2] }];
  });
}

function headingPath([, path = "", kind, key]: RegExpExecArray): string {
  return `${path}${kind === undefined ? "" : `(${kind})`}${key === undefined ? "" : `.${key}`}`;
}

function schemaKeys(schema: Schema, prefix: string): string[] {
  const core = coreOf(schema);
  if (core instanceof z.ZodRecord) return schemaKeys(core.valueType, joined(prefix, "<name>"));
  if (core instanceof z.ZodArray) return schemaKeys(core.element, `${prefix}[]`);
  return kindsOf(schema).flatMap((kind) => {
    const ofKind = core instanceof z.ZodDiscriminatedUnion ? `${prefix}(${kindName(kind)})` : prefix;
    return keysOf(kind).flatMap((key) => {
      // What every channel has is explained once.
      const isOfAll = prefix === "alerts.channels.<name>" && Object.hasOwn(OfEveryChannel, key);
      const here = isOfAll ? prefix : ofKind;
      const child = childSchema(kind, key, undefined);
      // The defaults are a job's keys, explained there, hooks are hooks, rules are rules, and what a stack's volumes have is that of a volume.
      const isElsewhere =
        key === "defaults" ||
        /\.quiesce\.after$|\.keepFor$|\(stack\)\.embeddedDatabases$/.test(joined(here, key));
      const below = child === undefined || isElsewhere ? [] : schemaKeys(child, joined(here, key));
      return [joined(here, key), ...below];
    });
  });
}

function kindName(kind: Schema): string {
  const literal = childSchema(kind, "kind", undefined);
  return literal instanceof z.ZodLiteral ? String(literal.value) : "";
}

function joined(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}
