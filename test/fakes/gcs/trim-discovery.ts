/**
 * Makes discovery.json of Google's discovery document of the Storage JSON API (https://storage.googleapis.com/$discovery/rest?version=v1):
 *
 *     node test/fakes/gcs/trim-discovery.ts < storage.v1.json > test/fakes/gcs/discovery.json
 *
 * The methods that the store calls, and what their schemas refer to, without prose.
 */
import { text } from "node:stream/consumers";

interface Document {
  revision: string;
  servicePath: string;
  parameters: Record<string, unknown>;
  resources: Record<string, { methods: Record<string, Record<string, unknown>> }>;
  schemas: Record<string, unknown>;
}

const METHODS = {
  objects: ["insert", "get", "list", "delete"],
  buckets: ["get", "testIamPermissions"],
};
const PROSE = new Set(["description", "enumDescriptions", "scopes", "annotations", "parameterOrder"]);

const document = JSON.parse(await text(process.stdin)) as Document;
const methods = Object.entries(METHODS).flatMap(([resource, names]) =>
  names.map((name) => document.resources[resource]?.methods[name]),
);
const schemas: Record<string, unknown> = {};
collect(methods);
const trimmed = {
  ...{ revision: document.revision, servicePath: document.servicePath, parameters: document.parameters },
  ...{ methods, schemas },
};
process.stdout.write(
  `${JSON.stringify(trimmed, (key, value: unknown) => (isProse(key, value) ? undefined : value), 2)}\n`,
);

/** A property may be called `description`, and then it is a schema. */
function isProse(key: string, value: unknown): boolean {
  return PROSE.has(key) && (typeof value === "string" || Array.isArray(value) || key === "annotations");
}

/** Every schema that is referred to, and what those refer to. */
function collect(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key !== "$ref" || typeof child !== "string") {
      collect(child);
    } else if (!(child in schemas)) {
      schemas[child] = document.schemas[child];
      collect(schemas[child]);
    }
  }
}
