/**
 * Looks into zod schemas: which schema stands at a path, which keys it knows, what its `meta` says. This is how
 * messages, secrets and the documentation's test follow the schemas without being told again.
 */
import { z } from "zod";
import type { ConfigPath } from "./config-error.ts";

export type Schema = z.core.$ZodType;

/** How a secret is shown: `value` not at all, `url` by its origin alone. */
export type SecretStyle = "value" | "url";

/** The schema under `root` at `path`. The value decides between the kinds of a union. Undefined: unknown there. */
export function schemaAt(root: Schema, path: ConfigPath, value: unknown): Schema | undefined {
  let schema: Schema | undefined = root;
  let at = value;
  for (const key of path) {
    if (schema === undefined) return undefined;
    schema = childSchema(schema, key, at);
    at = childValue(at, key);
  }
  return schema;
}

export function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(childValue, value);
}

function childValue(value: unknown, key: string | number): unknown {
  if (!isMap(value) && !Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema of one key of a map, or of a list's items. */
export function childSchema(schema: Schema, key: string | number, value: unknown): Schema | undefined {
  const core = coreOf(schema);
  if (core instanceof z.ZodRecord) return core.valueType;
  if (core instanceof z.ZodArray) return core.element;
  const shape = shapeOf(core, value) ?? {};
  return Object.hasOwn(shape, key) ? shape[key] : undefined;
}

/** The keys that a map of this schema may hold by name, those that name a secret's file included. */
export function keysOf(schema: Schema, value?: unknown): string[] {
  const shape = shapeOf(coreOf(schema), value) ?? {};
  return Object.entries(shape).flatMap(([key, child]) => (isSecretLeaf(child) ? [key, `${key}File`] : [key]));
}

/** A single secret value, which may be given as `<key>File` instead. */
export function isSecretLeaf(schema: Schema): boolean {
  return secretStyle(schema) !== undefined && !(coreOf(schema) instanceof z.ZodRecord);
}

export function secretStyle(schema: Schema): SecretStyle | undefined {
  const style = metaOf(schema, "secret");
  return style === "value" || style === "url" ? style : undefined;
}

/** What a value of this schema looks like, for messages. */
export function expectedOf(schema: Schema): string | undefined {
  const expected = metaOf(schema, "expected");
  return typeof expected === "string" ? expected : undefined;
}

/** Names that a mistyped value of this schema may stand for. */
export function suggestionsOf(schema: Schema): readonly string[] {
  const suggest = metaOf(schema, "suggest");
  return typeof suggest === "function" ? (suggest as () => readonly string[])() : [];
}

function shapeOf(core: Schema, value: unknown): Readonly<Record<string, Schema>> | undefined {
  if (core instanceof z.ZodObject) return core.shape;
  if (!(core instanceof z.ZodDiscriminatedUnion)) return undefined;
  const kinds = core.options.map(coreOf).filter((option) => option instanceof z.ZodObject);
  const kind = kinds.find(
    (option) => z.safeParse(option.shape["kind"] as Schema, childValue(value, "kind")).success,
  );
  return kind?.shape;
}

/** The options of a union discriminated by `kind`; the schema itself where it is none. */
export function kindsOf(schema: Schema): readonly Schema[] {
  const core = coreOf(schema);
  return core instanceof z.ZodDiscriminatedUnion ? core.options : [core];
}

function metaOf(schema: Schema, name: string): unknown {
  for (const layer of layersOf(schema)) {
    const found = z.globalRegistry.get(layer)?.[name];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without the wrappers that say optional, default and the like. */
export function coreOf(schema: Schema): Schema {
  return layersOf(schema).at(-1) ?? schema;
}

function layersOf(schema: Schema): Schema[] {
  const layers = [schema];
  for (let at = innerOf(schema); at !== undefined; at = innerOf(at)) layers.push(at);
  return layers;
}

function innerOf(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.unwrap();
  }
  // Of a map or a word instead of it, the map has something to look into.
  if (schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion)) {
    return schema.options.find((option) => coreOf(option) instanceof z.ZodObject);
  }
  return schema instanceof z.ZodPipe ? schema.in : undefined;
}
