/**
 * Opens the databases of a restored tree before that takes the place of anything. Digests say that a database is what was captured;
 * that it opens here and now, only its library says.
 */
import { toText } from "../archive/byte-path.ts";
import { hasContent, rawPath, type IndexEntry } from "../archive/index-entry.ts";
import type { Inspection } from "../archive/restore-tree.ts";
import type { StagedTree } from "../archive/restore/staged-tree.ts";
import type { DatabaseKind } from "../domain/embedded-database.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { DatabaseOpened, DatabaseOpener } from "../ports/database-opener.ts";
import type { CapturedDatabases } from "./captured-databases.ts";

/** How the databases of a job are opened. */
export interface DatabaseCheck {
  opener: DatabaseOpener;
  /** Of an encrypted one, by its path as a byte string. */
  keyOf: (path: string) => string | undefined;
}

export interface OpenRestoredOptions extends DatabaseCheck {
  /** How messages call the restore, as the start of a sentence. */
  what: string;
  job: string;
  captured: CapturedDatabases;
  /** What is there now goes: nothing that does not open may come instead, however it was read. */
  isInPlace: boolean;
  onOpen: (path: string) => void;
  signal: AbortSignal;
}

interface Restored {
  /** A byte string. */
  path: string;
  kind: DatabaseKind;
  isCaptured: boolean;
}

interface Refused {
  title: string;
  /** A clause. */
  why: string;
}

/** `refused`: databases do not open that have to. */
export class DatabasesRefused extends HoldfastError {
  /** One for each of them. */
  readonly sentences: readonly string[];

  constructor(facts: ConstructorParameters<typeof HoldfastError>[1], sentences: readonly string[]) {
    super("refused", facts);
    this.sentences = sentences;
  }
}

/** Of a refusal; a sentence is not longer for more of them. */
const NAMED = 3;
/** Of the warnings of one restore. */
const MOST_WARNINGS = 20;
const TITLES: Readonly<Record<DatabaseKind, string>> = { duckdb: "DuckDB", sqlite: "SQLite" };

export class RestoredDatabases implements Inspection {
  readonly #options: OpenRestoredOptions;
  readonly #found: Restored[] = [];
  #sound = 0;
  #doubts: readonly string[] = [];

  constructor(options: OpenRestoredOptions) {
    this.#options = options;
  }

  /** How many of them open. */
  get sound(): number {
    return this.#sound;
  }

  /** What was said of those that it is not certain of. */
  get doubts(): readonly string[] {
    return this.#doubts;
  }

  note(entry: IndexEntry): void {
    if (entry.database === undefined || !hasContent(entry)) return;
    const isCaptured = this.#options.captured.includes(entry);
    this.#found.push({ path: rawPath(entry), kind: entry.database, isCaptured });
  }

  /** Throws a DatabasesRefused where one does not open that has to. */
  async inspect(tree: StagedTree): Promise<string[]> {
    const refused: Refused[] = [];
    const warnings: string[] = [];
    for (const found of this.#found) {
      const opened = await this.#open(found, tree);
      if (opened.state === "sound") this.#sound += 1;
      else if (opened.state === "unverified") warnings.push(unopened(found, opened.why));
      else if (found.isCaptured || this.#options.isInPlace)
        refused.push({ title: titleOf(found), why: opened.why });
      else warnings.push(doubtful(found, opened.why));
    }
    const [first] = refused;
    if (first !== undefined) throw this.#refusal(first, refused);
    const rest = warnings.slice(MOST_WARNINGS).length;
    const more = rest === 0 ? [] : [`So it is with ${rest} more databases`];
    const told = [...warnings.slice(0, MOST_WARNINGS), ...more];
    this.#doubts = told;
    return told;
  }

  /** One that was captured was read whole then, and has the digest that it had. */
  #open({ path, kind, isCaptured }: Restored, tree: StagedTree): Promise<DatabaseOpened> {
    const { opener, keyOf, onOpen, signal } = this.#options;
    onOpen(toText(path).text);
    const level = isCaptured ? "light" : "full";
    return opener.open({
      ...{ kind, level, signal },
      path: tree.at(path),
      scratch: tree.scratch,
      key: keyOf(path),
    });
  }

  #refusal(first: Refused, all: readonly Refused[]): DatabasesRefused {
    const { what, job } = this.#options;
    const named = all.slice(0, NAMED).map(({ title, why }) => `${title} (${why})`);
    const rest = all.length - named.length;
    const facts = {
      what,
      why:
        all.length === 1
          ? `${first.title} does not open (${first.why}), so nothing was changed`
          : `${all.length} databases do not open, so nothing was changed: ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`,
      next: `restore another point (\`holdfast list ${job}\`), or this one as it is with --no-check`,
    };
    return new DatabasesRefused(
      facts,
      all.map(({ title, why }) => `${title} does not open: ${why}.`),
    );
  }
}

function unopened(found: Restored, why: string): string {
  return `${titleOf(found)} was restored, and could not be opened to see that it is sound: ${why}`;
}

function doubtful(found: Restored, why: string): string {
  return `${titleOf(found)} was restored as it was read, like any other file, and does not open: ${why}`;
}

function titleOf({ kind, path }: Restored): string {
  return `${TITLES[kind]} database ${toText(path).text}`;
}
