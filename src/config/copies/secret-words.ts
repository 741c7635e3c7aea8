/** What looks like a secret in a file that nobody has a schema of. Rather one value too many is left out than one too few. */

const SECRET_NAME =
  /(?:pass(?:word|wd|phrase)?|secret|token|credentials?|private|dsn|salt|(?:^|[_.-])key|(?:api|access|auth|signing|encryption)key)s?$/i;
/** Of a value that only says where a secret is. */
const PLACE = /^(?:\/|\.{1,2}\/|true$|false$|yes$|no$|none$|\d{1,3}$)/i;

/** Whether the value of a variable or key of that name is kept from every copy. */
export function looksSecret(name: string, value: string): boolean {
  if (value === "" || PLACE.test(value) || isOnlyReference(value)) return false;
  return SECRET_NAME.test(name) && !/(?:_FILE|_PATH|_DIR)$/i.test(name);
}

/** The password in `scheme://user:password@host`; undefined where there is none, or only a reference to one. */
export function passwordInUrl(text: string): string | undefined {
  const [, password] = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@]+)@/i.exec(text) ?? [];
  return password === undefined || isOnlyReference(password) ? undefined : password;
}

/** Nothing of its own: the value comes from elsewhere. */
export function isOnlyReference(value: string): boolean {
  return /^\$(?:\{[^}]*\}|[A-Za-z_]\w*)$/.test(value.trim());
}

/** Other places where it stands cannot be taken for a common word: `postgres` is one, and many a password. */
export function isUnmistakable(secret: string): boolean {
  return secret.length >= 16 || (secret.length >= 8 && /\d/.test(secret) && /[A-Za-z]/.test(secret));
}

const IN_COMMENT =
  /(#.*?(?:pass(?:word|wd|phrase)?|secret|token|key|credentials?)["']?\s*[:=]\s*)(?!\$\{)["']?[^\s"'#]+["']?/gi;

/** What somebody has commented out is still theirs. */
export function withoutSecretsInComments(text: string): string {
  return text.replace(IN_COMMENT, "$1***");
}

/** A name for a variable of these words. */
export function variableOf(words: readonly (string | number)[]): string {
  const name = words
    .map((word) => String(word).replace(/([a-z0-9])([A-Z])/g, "$1_$2"))
    .join("_")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}
