/** Names and texts in DuckDB's SQL. */

/** What the captured database is attached as; none of its own names can be mistaken for it. */
export const CAPTURE = "holdfast_capture";

export interface TableName {
  schema: string;
  name: string;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function fullName({ schema, name }: TableName): string {
  return [CAPTURE, schema, name].map(quoted).join(".");
}
