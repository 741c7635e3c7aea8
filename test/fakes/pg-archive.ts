/** Bytes of an archive of pg_dump's custom format, made without PostgreSQL. */

export interface ArchiveSpec {
  minor?: number;
  /** Rows of COPY, each with its newline; `inserts`: statements instead. */
  tables?: readonly { name: string; rows: readonly string[]; inserts?: boolean }[];
  /** Contents of large objects. */
  largeObjects?: readonly string[];
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(value < 0 ? 1 : 0, 0);
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
};
const text = (value: string | undefined): Buffer =>
  value === undefined ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
const chunks = (parts: readonly string[]): Buffer =>
  Buffer.concat([...parts.map((part) => text(part)), int(0)]);

export function pgArchive({ minor = 14, tables = [], largeObjects = [] }: ArchiveSpec = {}): Buffer {
  const withData = tables.map(({ name, rows, inserts = false }, at) => ({
    ...{ id: 10 + at, tag: name, type: "TABLE DATA" },
    ...{
      rows: [...rows, inserts ? "\n\n" : "\\.\n\n\n"],
      copy: inserts ? "" : `COPY public.${name} (a, b) FROM stdin;\n`,
    },
  }));
  const entries = [
    { id: 1, tag: "app", type: "DATABASE", definition: "CREATE DATABASE app WITH ENCODING = 'UTF8';\n" },
    ...tables.map(({ name }, at) => ({ id: 1000 + at, tag: name, type: "TABLE", definition: "" })),
    ...withData.map(({ id, tag, type, copy }) => ({ id, tag, type, copy, definition: "", hasData: true })),
    ...(largeObjects.length === 0
      ? []
      : [{ id: 500, tag: "BLOBS", type: "BLOBS", definition: "", hasData: true }]),
  ];
  return Buffer.concat([
    Buffer.from("PGDMP"),
    Buffer.from([1, minor, 0, 4, 8, 1]),
    minor >= 15 ? Buffer.from([0]) : int(0),
    ...Array.from({ length: 7 }, () => int(1)),
    ...[text("app"), text("15.8"), text("15.9"), int(entries.length)],
    ...entries.map((entry) => entryBytes({ hasData: false, ...entry }, minor)),
    ...withData.map(({ id, rows }) => Buffer.concat([Buffer.from([1]), int(id), chunks(rows)])),
    ...(largeObjects.length === 0
      ? []
      : [
          Buffer.concat([Buffer.from([3]), int(500)]),
          ...largeObjects.map((content, at) => Buffer.concat([int(at + 1), chunks([content])])),
          int(0),
        ]),
  ]);
}

interface EntrySpec {
  id: number;
  tag: string;
  type: string;
  definition: string;
  hasData: boolean;
  copy?: string;
}

function entryBytes({ id, tag, type, definition, hasData, copy }: EntrySpec, minor: number): Buffer {
  return Buffer.concat([
    ...[int(id), int(hasData ? 1 : 0), text("0"), text("0"), text(tag), text(type), int(2)],
    ...[text(definition), text(""), text(copy), text("public"), text("")],
    ...(minor >= 14 ? [text("heap")] : []),
    ...(minor >= 16 ? [int(114)] : []),
    ...[text("owner"), text("false"), text("7"), text(undefined)],
    ...[Buffer.from([hasData ? 1 : 3]), Buffer.alloc(8)],
  ]);
}
