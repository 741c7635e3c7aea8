/** The header and the table of contents of pg_dump's custom format. */
import type { ByteStream, Reading } from "./byte-stream.ts";

export interface Toc {
  serverVersion: string;
  toolVersion: string;
  /** Of the dumped database. */
  database: string;
  /** Entries of which data follow, by their ids, as messages call them. */
  withData: ReadonlyMap<number, string>;
  /** The names in statements of the tables whose rows COPY has written, by the ids of their data. */
  tables: ReadonlyMap<number, string>;
  /** How many entries there are of each type, such as `TABLE`. */
  counts: Readonly<Record<string, number>>;
  /** What belongs to the database itself, which pg_restore leaves out unless it makes it. */
  ofDatabase: readonly DatabaseEntry[];
}

export interface DatabaseEntry {
  /** `DATABASE`, `DATABASE PROPERTIES`, `ACL`, `COMMENT`, `SECURITY LABEL`. */
  type: string;
  /** SQL statements. */
  definition: string;
  owner: string;
}

const MAGIC = "PGDMP";
const CUSTOM_FORMAT = 1;
const NO_DATA = 3;
/** A name as it stands in a statement, with its schema. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
const COPY = new RegExp(String.raw`^COPY (${NAME}(?:\.${NAME})?)(?: \(| +FROM )`, "u");
/** Of a dump of any database; what says more is no table of contents. */
const MOST_ENTRIES = 50_000_000;
const MOST_DEPENDENCIES = 10_000_000;

interface Format {
  /** Major, minor: 1.14 is 114. */
  version: number;
  offsetBytes: number;
}

export function* readToc(bytes: ByteStream): Reading<Toc> {
  const format = yield* readFormat(bytes);
  if (format.version >= 115) yield* bytes.byte();
  else yield* bytes.int();
  for (let part = 0; part < 7; part += 1) yield* bytes.int();
  const database = (yield* bytes.text()) ?? "";
  const serverVersion = (yield* bytes.text()) ?? "";
  const toolVersion = (yield* bytes.text()) ?? "";
  const count = yield* bytes.int();
  if (count < 0 || count > MOST_ENTRIES) throw new Error("its table of contents is damaged");
  const withData = new Map<number, string>();
  const tables = new Map<number, string>();
  const counts: Record<string, number> = {};
  const ofDatabase: DatabaseEntry[] = [];
  for (let at = 0; at < count; at += 1) {
    const { id, type, tag, definition, owner, hasData, copy } = yield* readEntry(bytes, format);
    if (hasData) withData.set(id, `${type} ${tag}`);
    const [, table] = COPY.exec(copy) ?? [];
    if (hasData && table !== undefined) tables.set(id, table);
    counts[type] = (counts[type] ?? 0) + 1;
    if (isOfDatabase(type, tag)) ofDatabase.push({ type, definition, owner });
  }
  return { serverVersion, toolVersion, database, withData, tables, counts, ofDatabase };
}

function* readFormat(bytes: ByteStream): Reading<Format> {
  for (const letter of MAGIC)
    if ((yield* bytes.byte()) !== letter.charCodeAt(0)) throw new Error("it is no archive of pg_dump");
  const major = yield* bytes.byte();
  const minor = yield* bytes.byte();
  yield* bytes.byte();
  const integerBytes = yield* bytes.byte();
  const offsetBytes = yield* bytes.byte();
  const format = yield* bytes.byte();
  if (major !== 1 || minor < 12 || integerBytes !== 4)
    throw new Error(`it is an archive of pg_dump of version ${major}.${minor}, which is not known here`);
  if (format !== CUSTOM_FORMAT) throw new Error("it is an archive of pg_dump, but not of the custom format");
  return { version: major * 100 + minor, offsetBytes };
}

interface Entry extends DatabaseEntry {
  id: number;
  tag: string;
  /** The statement that its data are rows for. */
  copy: string;
  hasData: boolean;
}

function* readEntry(bytes: ByteStream, { version, offsetBytes }: Format): Reading<Entry> {
  const id = yield* bytes.int();
  const hasDumper = yield* bytes.int();
  yield* bytes.text();
  yield* bytes.text();
  const tag = (yield* bytes.text()) ?? "";
  const type = (yield* bytes.text()) ?? "";
  yield* bytes.int();
  const definition = (yield* bytes.text()) ?? "";
  yield* bytes.text();
  const copy = (yield* bytes.text()) ?? "";
  for (let text = 0; text < 2; text += 1) yield* bytes.text();
  if (version >= 114) yield* bytes.text();
  if (version >= 116) yield* bytes.int();
  const owner = (yield* bytes.text()) ?? "";
  yield* bytes.text();
  let dependencies = 0;
  while ((yield* bytes.text()) !== undefined)
    if ((dependencies += 1) > MOST_DEPENDENCIES) throw new Error("its table of contents is damaged");
  const state = yield* bytes.byte();
  yield* bytes.skip(offsetBytes);
  return { id, type, tag, definition, owner, copy, hasData: hasDumper !== 0 && state !== NO_DATA };
}

function isOfDatabase(type: string, tag: string): boolean {
  if (type === "DATABASE" || type === "DATABASE PROPERTIES") return true;
  return ["ACL", "COMMENT", "SECURITY LABEL"].includes(type) && tag.startsWith("DATABASE ");
}
