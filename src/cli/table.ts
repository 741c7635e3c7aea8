/** Aligned columns without borders, as `docker ps` prints them: easy to read, easy to cut with awk. */

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  align?: "right";
}

export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => printable(value(row)))),
  ];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => width(line[at] ?? ""))));
  return cells.map((line) => formatLine(line, columns, widths)).join("\n");
}

function formatLine(line: string[], columns: readonly Column<never>[], widths: number[]): string {
  return line
    .map((cell, at) => {
      const padding = " ".repeat((widths[at] ?? 0) - width(cell));
      return columns[at]?.align === "right" ? padding + cell : cell + padding;
    })
    .join("   ")
    .trimEnd();
}

/** File names can hold anything: a control character must not move the cursor or end the line. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function width(text: string): number {
  return [...text].length;
}
