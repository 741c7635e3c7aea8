/**
 * Requests and answers against Google's own description of one of its JSON APIs (a discovery.json): a fake that checks its answers as
 * well cannot drift from the real one. What is wrong comes as sentences.
 */
import { readFileSync } from "node:fs";

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  pattern?: string;
  /** Never in a request. */
  readOnly?: boolean;
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

export interface Call {
  method: Method;
  /** By name: those of the path and of the query. */
  values: Map<string, string[]>;
}

export class ApiContract {
  readonly #document: Document;

  /** Of the discovery document that the URL of a file leads to. */
  constructor(discovery: URL) {
    this.#document = JSON.parse(readFileSync(discovery, "utf8")) as Document;
  }

  /** Which method a request calls, and with what; undefined for none. */
  callOf(httpMethod: string, url: string): Call | undefined {
    const [path = "", query = ""] = url.split(/\?(.*)/s);
    for (const method of this.#document.methods) {
      if (method.httpMethod !== httpMethod) continue;
      const found = matchPath(this.#templateOf(method), path);
      if (found === undefined) continue;
      const values = new Map(Object.entries(found).map(([name, value]) => [name, [value]]));
      for (const [name, value] of new URLSearchParams(query)) {
        values.set(name, [...(values.get(name) ?? []), value]);
      }
      return { method, values };
    }
    return undefined;
  }

  #templateOf({ path, mediaUpload }: Method): string {
    return mediaUpload?.protocols.simple.path ?? `/${this.#document.servicePath}${path}`;
  }

  requestMistakes({ method, values }: Call, body: unknown): string[] {
    const known = { ...this.#document.parameters, ...method.parameters };
    const missing = Object.entries(known).filter(
      ([name, { required }]) => required === true && !values.has(name),
    );
    const parameters = [...values].flatMap(([name, given]) => {
      const parameter = known[name];
      if (parameter === undefined) return [`${method.id} has no parameter ${name}`];
      if (given.length > 1 && parameter.repeated !== true) return [`${name} is given ${given.length} times`];
      return given.flatMap((value) => textMistakes(parameter, value, name));
    });
    const check = new Check(this.#document.schemas, { isRequest: true });
    const bodies = body === undefined ? [] : check.mistakes(method.request ?? {}, body, "body");
    if (body !== undefined && method.request === undefined) bodies.push(`${method.id} takes no body`);
    return [...missing.map(([name]) => `${method.id} needs ${name}`), ...parameters, ...bodies];
  }

  answerMistakes({ method }: Call, body: unknown): string[] {
    if (method.response === undefined) return body === undefined ? [] : [`${method.id} answers nothing`];
    return new Check(this.#document.schemas, { isRequest: false }).mistakes(method.response, body, "answer");
  }
}

/** Each `{name}` is within one segment, percent-encoded. */
function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const [, name, verb = ""] = /^\{(\w+)\}(:\w+)?$/.exec(segment) ?? [];
    const value = given[index] ?? "";
    if (name === undefined && segment !== value) return undefined;
    if (!value.endsWith(verb)) return undefined;
    if (name !== undefined) values[name] = decodeURIComponent(value.slice(0, value.length - verb.length));
  }
  return values;
}

/** A parameter is text, whatever its type. Google's own clients in Python write `True`. */
function textMistakes(parameter: Parameter, value: string, name: string): string[] {
  if (parameter.type === "boolean") {
    return /^(true|false)$/i.test(value) ? [] : [`${name} is no boolean: ${value}`];
  }
  if (parameter.type === "integer") return /^-?\d+$/.test(value) ? [] : [`${name} is no integer: ${value}`];
  return stringMistakes(parameter, value, name);
}

class Check {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #isRequest: boolean;

  constructor(schemas: Readonly<Record<string, Schema>>, { isRequest }: { isRequest: boolean }) {
    this.#schemas = schemas;
    this.#isRequest = isRequest;
  }

  mistakes(schema: Schema, value: unknown, at: string): string[] {
    if (schema.readOnly === true && this.#isRequest) return [`${at} is for answers only`];
    if (schema.$ref !== undefined) return this.mistakes(this.#schemas[schema.$ref] ?? {}, value, at);
    switch (schema.type) {
      case "object":
        return this.#objectMistakes(schema, value, at);
      case "array":
        if (!Array.isArray(value)) return [`${at} is no list`];
        return value.flatMap((each, index) => this.mistakes(schema.items ?? {}, each, `${at}[${index}]`));
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

  #objectMistakes({ properties = {}, additionalProperties }: Schema, value: unknown, at: string): string[] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at} is no object`];
    return Object.entries(value).flatMap(([key, child]) => {
      const schema = properties[key] ?? additionalProperties;
      return schema === undefined ? [`${at} has no ${key}`] : this.mistakes(schema, child, `${at}.${key}`);
    });
  }
}

function stringMistakes({ format, pattern, enum: allowed }: Schema, value: string, at: string): string[] {
  if (allowed !== undefined && !allowed.includes(value))
    return [`${at} is none of ${allowed.join()}: ${value}`];
  // Google means the whole text by its patterns.
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
    return [`${at} is not like ${pattern}: ${value}`];
  const known = format === undefined ? undefined : FORMATS[format];
  return known === undefined || known.test(value) ? [] : [`${at} is no ${format}: ${value}`];
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  int64: /^-?\d{1,19}$/,
  byte: /^[A-Za-z0-9+/_-]*={0,2}$/,
  uint64: /^\d{1,20}$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};
