/**
 * The wall between what is logged and what is secret: no known secret value passes, whichever field, message or nested
 * error carries it. It works on the finished line, so that no call site can forget it.
 */

export const MASK = "[redacted]";

export interface Redactor {
  /** The text with every secret masked. */
  text(value: string): string;
  /** The JSON document with every secret masked, still valid JSON of the same shape. */
  json(line: string): string;
}

/** Secrets may hold anything; empty ones are ignored. The longer of two overlapping matches is masked whole. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const needles = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  if (needles.length === 0) return { text: (value) => value, json: (line) => line };
  const inText = patternOf(needles);
  const inJson = patternOf(needles.map(escapedInJson));
  const text = (value: string) => maskAll(value, needles, inText);
  return {
    text,
    json: (line) => (line.search(inJson) === -1 ? line : redactDocument(line, text)),
  };
}

/**
 * The shapes in which one secret shows up in messages: itself, inside JSON within a string, percent-encoded, in base64, as
 * the path of an address (HTTP errors quote it without the host), and each long line of a key file.
 */
function formsOf(secret: string): string[] {
  const value = secret.trim();
  if (value === "") return [];
  const lines = value.split(/\r?\n/).filter((line) => line.length >= SHORTEST_TELLING_PART);
  const whole = [value, ...(secret === value ? [] : [secret]), ...lines, ...partsOfAddress(value)];
  return whole.flatMap((form) => [form, escapedInJson(form), percentEncoded(form), base64Of(form)]);
}

/** Shorter parts ("/", "/hooks") identify nothing and would mask innocent text. */
const SHORTEST_TELLING_PART = 12;

function partsOfAddress(value: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return [];
  const url = new URL(value);
  const paths = [url.href, url.pathname + url.search, url.pathname].filter(
    (part) => part.length >= SHORTEST_TELLING_PART,
  );
  return [...paths, url.password].filter((part) => part !== "");
}

function escapedInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function base64Of(text: string): string {
  return Buffer.from(text).toString("base64").replace(/=+$/, "");
}

function patternOf(needles: readonly string[]): RegExp {
  return new RegExp(needles.map((needle) => needle.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"));
}

/** Masks the union of all matches, so that of two overlapping secrets no part stays. */
function maskAll(value: string, needles: readonly string[], pattern: RegExp): string {
  if (value.search(pattern) === -1) return value;
  const secret = new Uint8Array(value.length);
  for (const needle of needles) {
    for (let at = value.indexOf(needle); at !== -1; at = value.indexOf(needle, at + 1)) {
      secret.fill(1, at, at + needle.length);
    }
  }
  let masked = "";
  for (let at = 0; at < value.length; at++) {
    if (secret[at] === 0) masked += value.charAt(at);
    else if (secret[at - 1] !== 1) masked += MASK;
  }
  return masked;
}

function redactDocument(line: string, text: (value: string) => string): string {
  const end = line.endsWith("\n") ? "\n" : "";
  try {
    return JSON.stringify(redactValue(JSON.parse(line), text)) + end;
  } catch {
    return text(line);
  }
}

function redactValue(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return text(String(value)) === MASK ? MASK : value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), redactValue(item, text)]));
}
