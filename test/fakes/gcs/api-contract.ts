/**
 * Requests and answers against Google's own description of the JSON API (discovery.json): a fake that checks its answers as
 * well cannot drift from the real one. What is wrong comes as sentences.
 */
import { readFileSync } from "node:fs";

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
}

interface Parameter extends Schema {
  location: "path" | "query";
  required?: boolean;
  repeated?: boolean;
}

export interface Method {
  id: string;
  httpMethod: string;
  path: string;
  parameters: Record<string, Parameter>;
  request?: Schema;
  response?: Schema;
  mediaUpload?: { protocols: { simple: { path: string } } };
}

interface Document {
  servicePath: string;
  parameters: Record<string, Parameter>;
  methods: Method[];
  schemas: Record<string, Schema>;
}

const DOCUMENT = JSON.parse(readFileSync(new URL("discovery.json", import.meta.url), "utf8")) as Document;

export interface Call {
  method: Method;
  /** By name: those of the path and of the query. */
  values: Map<string, string[]>;
}

/** Which method a request calls, and with what; undefined for none. */
export function callOf(httpMethod: string, url: string): Call | undefined {
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  for (const method of DOCUMENT.methods) {
    if (method.httpMethod !== httpMethod) continue;
    const found = matchPath(templateOf(method), path);
    if (found === undefined) continue;
    const values = new Map(Object.entries(found).map(([name, value]) => [name, [value]]));
    for (const [name, value] of new URLSearchParams(query)) {
      values.set(name, [...(values.get(name) ?? []), value]);
    }
    return { method, values };
  }
  return undefined;
}

function templateOf({ path, mediaUpload }: Method): string {
  return mediaUpload?.protocols.simple.path ?? `/${DOCUMENT.servicePath}${path}`;
}

/** Each `{name}` is one segment, percent-encoded. */
function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    const value = given[index] ?? "";
    if (name === undefined && segment !== value) return undefined;
    if (name !== undefined) values[name] = decodeURIComponent(value);
  }
  return values;
}

export function requestMistakes({ method, values }: Call, body: unknown): string[] {
  const known = { ...DOCUMENT.parameters, ...method.parameters };
  const missing = Object.entries(known).filter(
    ([name, { required }]) => required === true && !values.has(name),
  );
  const parameters = [...values].flatMap(([name, given]) => {
    const parameter = known[name];
    // Answered to the start of a resumable upload, and its own thing.
    if (parameter === undefined) return [`${method.id} has no parameter ${name}`];
    if (given.length > 1 && parameter.repeated !== true) return [`${name} is given ${given.length} times`];
    return given.flatMap((value) => textMistakes(parameter, value, name));
  });
  const bodies = body === undefined ? [] : mistakes(method.request ?? {}, body, "body");
  if (body !== undefined && method.request === undefined) bodies.push(`${method.id} takes no body`);
  return [...missing.map(([name]) => `${method.id} needs ${name}`), ...parameters, ...bodies];
}

export function answerMistakes({ method }: Call, body: unknown): string[] {
  if (method.response === undefined) return body === undefined ? [] : [`${method.id} answers nothing`];
  return mistakes(method.response, body, "answer");
}

/** A parameter is text, whatever its type. */
function textMistakes(parameter: Parameter, value: string, name: string): string[] {
  if (parameter.type === "boolean") {
    return value === "true" || value === "false" ? [] : [`${name} is no boolean: ${value}`];
  }
  if (parameter.type === "integer") return /^-?\d+$/.test(value) ? [] : [`${name} is no integer: ${value}`];
  return mistakes(parameter, value, name);
}

function mistakes(schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref !== undefined) return mistakes(DOCUMENT.schemas[schema.$ref] ?? {}, value, at);
  switch (schema.type) {
    case "object":
      return objectMistakes(schema, value, at);
    case "array":
      if (!Array.isArray(value)) return [`${at} is no list`];
      return value.flatMap((each, index) => mistakes(schema.items ?? {}, each, `${at}[${index}]`));
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at} is no boolean`];
    case "integer":
    case "number":
      return typeof value === "number" ? [] : [`${at} is no number`];
    case "string":
      return typeof value === "string" ? stringMistakes(schema, value, at) : [`${at} is no string`];
    default:
      return [];
  }
}

function objectMistakes(
  { properties = {}, additionalProperties }: Schema,
  value: unknown,
  at: string,
): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at} is no object`];
  return Object.entries(value).flatMap(([key, child]) => {
    const schema = properties[key] ?? additionalProperties;
    return schema === undefined ? [`${at} has no ${key}`] : mistakes(schema, child, `${at}.${key}`);
  });
}

function stringMistakes({ format, enum: allowed }: Schema, value: string, at: string): string[] {
  if (allowed !== undefined && !allowed.includes(value))
    return [`${at} is none of ${allowed.join()}: ${value}`];
  const pattern = format === undefined ? undefined : FORMATS[format];
  return pattern === undefined || pattern.test(value) ? [] : [`${at} is no ${format}: ${value}`];
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  int64: /^-?\d{1,19}$/,
  uint64: /^\d{1,20}$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};
