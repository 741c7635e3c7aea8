/** What a commit record tells of the dumps in a point. */
import { dumpsIn, type DumpInPoint } from "../domain/dump-in-point.ts";
import { formatSize } from "../domain/human-text.ts";
import { formatTable, printable } from "./table.ts";

/** Told in columns of their own, or in words that all of them share. */
const OF_EVERY_DUMP = new Set(["object", "bytes", "database", "objects", "format", "server"]);

/** Empty where there are none. */
export function dumpsText(capture: Record<string, unknown>): string {
  const dumps = dumpsIn({ capture });
  if (dumps.length === 0) return "";
  const table = formatTable(dumps, [
    { title: "DUMP", value: ({ object }) => object },
    { title: "DATABASE", value: ({ database = "" }) => printable(database) },
    { title: "FORMAT", value: ({ format }) => (typeof format === "string" ? format : "") },
    { title: "SIZE", value: ({ bytes }) => formatSize(bytes), align: "right" },
    { title: "HOLDS", value: factsText },
  ]);
  const { server } = capture;
  return typeof server === "string" ? `Server     ${printable(server)}\n\n${table}` : table;
}

function factsText(dump: DumpInPoint): string {
  return Object.entries(dump)
    .filter(([name, value]) => !OF_EVERY_DUMP.has(name) && isTold(value))
    .map(([name, value]) =>
      typeof value === "number" ? `${value} ${wordsOf(name)}` : `${wordsOf(name)} ${textOf(value)}`,
    )
    .join(", ");
}

function isTold(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "number" && value > 0) || Array.isArray(value);
}

function textOf(value: unknown): string {
  return printable(Array.isArray(value) ? value.map(String).join(", ") : String(value));
}

/** `largeObjects` as people write it. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
