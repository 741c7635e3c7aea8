/** Where the secrets of a config are, told by its schemas: to print it without them, and to keep them out of messages. */
import { childSchema, isMap, secretStyle, type Schema, type SecretStyle } from "./schema-walk.ts";

const MASK = "***";

/** A secret key of age is one wherever somebody has put it. */
const SECRET_KEY = "AGE-SECRET-KEY-";

/** Shorter texts are no credentials, and masking them would mask every word that holds them. */
const SHORTEST_SECRET = 8;

/** Every text that a schema marks as secret. */
export function secretsIn(value: unknown, schema: Schema): string[] {
  const secrets: string[] = [];
  mapSecrets(value, schema, (secret) => {
    secrets.push(secret, ...credentialsIn(secret));
    return secret;
  });
  return [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST_SECRET);
}

/** What of a secret is as good as all of it: the token of "Bearer <token>". */
function credentialsIn(secret: string): string[] {
  const token = /^\w+ +(\S+)$/.exec(secret)?.[1];
  return token === undefined ? [] : [token];
}

/** The same value with every secret masked; of an address that is one, the host stays. */
export function masked(value: unknown, schema: Schema): unknown {
  return mapSecrets(value, schema, (secret, style) => (style === "url" ? maskedUrl(secret) : MASK));
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
}

/** The same for every text in a value, so that it can be cut and quoted without a part of a secret being left. */
export function withoutSecretsInside(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return withoutSecrets(value, secrets);
  if (Array.isArray(value)) return value.map((item) => withoutSecretsInside(item, secrets));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecretsInside(item, secrets)]),
  );
}

type Change = (secret: string, style: SecretStyle) => string;

function mapSecrets(
  value: unknown,
  schema: Schema | undefined,
  change: Change,
  above?: SecretStyle,
): unknown {
  const style = (schema && secretStyle(schema)) ?? above;
  if (typeof value === "string") {
    const isKey = value.trim().startsWith(SECRET_KEY);
    return style === undefined && !isKey ? value : change(value, style ?? "value");
  }
  const child = (item: unknown, key: string | number) =>
    mapSecrets(item, schema && childSchema(schema, key, value), change, style);
  if (Array.isArray(value)) return value.map(child);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, child(item, key)]));
}

/** Path, query and user name go: any of them can be the token. */
function maskedUrl(text: string): string {
  if (!URL.canParse(text)) return MASK;
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}/${MASK}`;
}
