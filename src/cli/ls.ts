/** `holdfast ls <point> [path]`: the files of a point, as `ls -l` shows them. */
import type { IndexEntry } from "../archive/index-entry.ts";
import { listEntries } from "../archive/find-entries.ts";
import { notInIndex, toSelection } from "../archive/read-index.ts";
import { EXIT } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { indexOf, pointCopies } from "./point-argument.ts";
import { printable } from "./table.ts";
import { write } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const ls: Verb<{ recursive?: boolean }, [id: string, path: string | undefined]> = async (
  context,
  options,
  id,
  path,
) =>
  withStores(context, async (stack) => {
    const [copy] = await pointCopies(context, stack, id);
    const entries = listEntries(indexOf(stack, copy), { path, signal: context.signal });
    const chosen = choose(entries, path ?? ".", options.recursive === true);
    const lines = context.json ? jsonLines(chosen) : textLines(chosen);
    for await (const line of lines) await write(context.terminal.stdout, line);
    return EXIT.done;
  });

/** A directory stands for its children, as with `ls`; a file for itself. Throws `not-found` for a path that is not there. */
async function* choose(
  entries: AsyncIterable<IndexEntry>,
  path: string,
  recursive: boolean,
): AsyncGenerator<IndexEntry> {
  let found = false;
  const depth = depthOf(path);
  for await (const entry of entries) {
    const isItself = !found;
    found = true;
    if (isItself && entry.type === "directory" && !recursive) continue;
    if (recursive || isItself || depthOf(entry.path) === depth + 1) yield entry;
  }
  if (!found) throw notInIndex(path);
}

function depthOf(path: string): number {
  const normal = toSelection(path);
  return normal === "." ? 0 : normal.split("/").length;
}

async function* textLines(entries: AsyncIterable<IndexEntry>): AsyncGenerator<string> {
  for await (const entry of entries) {
    const owner = `${entry.uid}:${entry.gid}`.padEnd(11);
    const target = entry.target === undefined ? "" : ` -> ${printable(entry.target)}`;
    const changed = entry.data?.changed === undefined ? "" : `  (${entry.data.changed} while it was read)`;
    yield `${modeText(entry)} ${owner} ${sizeText(entry).padStart(12)} ${timeText(entry)} ${printable(entry.path)}${target}${changed}\n`;
  }
}

/** One JSON array, written entry by entry: a point can have a million. */
async function* jsonLines(entries: AsyncIterable<IndexEntry>): AsyncGenerator<string> {
  let separator = "[";
  for await (const entry of entries) {
    yield `${separator}\n  ${JSON.stringify(entry)}`;
    separator = ",";
  }
  yield separator === "[" ? "[]\n" : "\n]\n";
}

/** A device has none, and its number stands there, as with `ls`. */
function sizeText({ size, device }: IndexEntry): string {
  return device === undefined ? String(size) : `${device.major}, ${device.minor}`;
}

const TYPE_LETTERS: Record<IndexEntry["type"], string> = {
  file: "-",
  directory: "d",
  symlink: "l",
  hardlink: "h",
  fifo: "p",
  "character-device": "c",
  "block-device": "b",
};

function modeText({ type, mode }: IndexEntry): string {
  const bits = [...mode.toString(8).padStart(4, "0")].map(Number);
  const special = bits[0] ?? 0;
  const triples = bits
    .slice(1)
    .map((bit) => `${bit & 4 ? "r" : "-"}${bit & 2 ? "w" : "-"}${bit & 1 ? "x" : "-"}`);
  const marked = triples.map((triple, at) =>
    withSpecial(triple, (special & (4 >> at)) !== 0, at === 2 ? "t" : "s"),
  );
  return TYPE_LETTERS[type] + marked.join("");
}

function withSpecial(triple: string, isSet: boolean, letter: string): string {
  if (!isSet) return triple;
  return triple.slice(0, 2) + (triple.endsWith("x") ? letter : letter.toUpperCase());
}

function timeText({ mtime }: IndexEntry): string {
  const date = new Date(Number(mtime.split(".")[0]) * 1000);
  return Number.isNaN(date.getTime()) ? mtime : date.toISOString().replace("T", " ").slice(0, 19);
}
