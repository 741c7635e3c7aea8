/** What a message of DuckDB says of the file it was about. */

interface Rule {
  pattern: RegExp;
  why: string;
}

/** Nothing speaks against the file: it cannot be read here. */
const UNREADABLE: Rule[] = [
  {
    pattern:
      /newer version of DuckDB|greater than the latest version supported|(Storage|Serialization) Version '\d+' is not found/,
    why: "it was written by a newer version of DuckDB than the one that Holdfast comes with",
  },
  {
    pattern: /Trying to read a database file with version number/,
    why: "it was written by a version of DuckDB that is too old to be read",
  },
  {
    pattern: /Cannot open encrypted database .* without a key/,
    why: "it is encrypted, and no key is configured for it",
  },
  {
    pattern: /Wrong encryption key/,
    why: "it is encrypted, and the configured key is not its key",
  },
  {
    pattern: /different cipher|explicitly specifying the encryption cipher/,
    why: "it is encrypted with a cipher that DuckDB does not open by the key alone",
  },
  {
    pattern: /Out of Memory Error|failed to (pin|allocate)/i,
    why: "reading it takes more memory than the check may use",
  },
  {
    pattern: /\bextension\b|Unknown index type/i,
    why: "it needs an extension of DuckDB that Holdfast does not come with",
  },
];

/** Errors that come from what is stored, not from what a statement computes with it. */
const FAULTS_OF_STORAGE =
  /^(IO|INTERNAL|FATAL|Serialization|Out of Memory|Catalog|Invalid|Data ?Corruption|Corrupt)\b|corrupt/i;

export function isFaultOfStorage(message: string): boolean {
  return FAULTS_OF_STORAGE.test(message);
}

/** DuckDB 1.5.6 replays the making of an index into the file itself: read-only it cannot. */
export function mustBeWritable(message: string): boolean {
  return /replaying WAL file .*Could not write file/.test(message);
}

export function explainRefusal(message: string): { state: "damaged" | "unverified"; why: string } {
  const known = UNREADABLE.find(({ pattern }) => pattern.test(message));
  if (known !== undefined) return { state: "unverified", why: `${known.why} (${firstLine(message)})` };
  return { state: "damaged", why: `DuckDB cannot read it: ${firstLine(message)}` };
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").slice(0, 300).replace(/\.\s*$/, "");
}
